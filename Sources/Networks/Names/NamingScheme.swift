/// The names that a library gives to the modules of a residual network, and how they become
/// torchvision's.
struct NamingScheme: Sendable {
  /// The library, as reports print it; nil if the names alone do not show one.
  let library: String?
  /// The beginning of the names in the first block, by which the scheme is recognised.
  let firstBlock: String
  /// Returns torchvision's path of a module for its path below the network's prefix.
  ///
  /// It returns nil for modules that the scheme does not know.
  let translate: @Sendable (_ path: [String]) -> String?
  /// True if the names show a pooling after the stem, false if they exclude it.
  var showsStemPooling: Bool?
  /// True if the library's bottlenecks have their stride on the first 1×1 convolution.
  var strideIn1x1 = false
  /// The statistics by which the library normalises CIFAR's images, if it trains on them.
  var smallImages: PixelStatistics?

  /// Returns the module's path for a tensor's path, with the parameter's name after it.
  func tensorName(_ name: String) -> String? {
    var path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let parameter = path.removeLast()
    guard !path.isEmpty else { return nil }
    return translate(path).map { "\($0).\(parameter)" }
  }
}

/// The means and standard deviations of pixels by which CIFAR networks were trained.
package enum PixelStatistics: String, Sendable, Equatable {
  case imageNet, cifar10, cifar100
}

extension NamingScheme {
  /// torchvision's names, which timm, kuangliu, akamaster, chenyaofo, MoCo and DINO share.
  static let torchvision = NamingScheme(
    library: nil, firstBlock: "layer1.0.", translate: { $0.joined(separator: ".") })

  /// timm's names of pre-activation networks, which have a builder of their own.
  static let timmV2 = NamingScheme(
    library: nil, firstBlock: "stages.0.blocks.0.", translate: { $0.joined(separator: ".") })

  /// MMPretrain's names: deep stems and gates differ from torchvision's.
  static let mmPretrain = NamingScheme(
    library: "MMPretrain", firstBlock: "layer1.0.", translate: mmPretrainModule,
    smallImages: .cifar10)

  /// NVIDIA's DeepLearningExamples: `layers.S.B`.
  static let nvidia = NamingScheme(
    library: "NVIDIA", firstBlock: "layers.0.0.", translate: nvidiaModule)

  /// weiaicunzai's pytorch-cifar100: `conv2_x.B.residual_function.N`.
  static let weiaicunzai = NamingScheme(
    library: "weiaicunzai's pytorch-cifar100", firstBlock: "conv2_x.0.",
    translate: weiaicunzaiModule, showsStemPooling: false, smallImages: .cifar100)

  /// Hugging Face's `ResNetForImageClassification`.
  static let huggingFace = NamingScheme(
    library: "Hugging Face", firstBlock: "encoder.stages.0.layers.0.",
    translate: huggingFaceModule)
}

// torchvision: conv1, bn1, layerS.B.convK, layerS.B.bnK, layerS.B.downsample.0 and .1, fc.

@Sendable private func mmPretrainModule(_ path: [String]) -> String? {
  if path.count == 2, path[0] == "stem" {
    return path[1] == "7" ? "bn1" : "conv1.\(path[1])"
  }
  guard path.count == 5, path[2] == "se_layer", path[4] == "conv" else {
    return path.joined(separator: ".")
  }
  return "\(path[0]).\(path[1]).se.fc\(path[3].dropFirst("conv".count))"
}

@Sendable private func nvidiaModule(_ path: [String]) -> String? {
  guard path.first == "layers" else { return path.joined(separator: ".") }
  guard path.count > 3, let stage = Int(path[1]), (0..<4).contains(stage) else { return nil }
  let block = "layer\(stage + 1).\(path[2])"
  let gates = ["squeeze.squeeze": "se.fc1", "squeeze.expand": "se.fc2"]
  let module = path.dropFirst(3).joined(separator: ".")
  return "\(block).\(gates[module] ?? module)"
}

@Sendable private func weiaicunzaiModule(_ path: [String]) -> String? {
  switch path.joined(separator: ".") {
  case "conv1.0": return "conv1"
  case "conv1.1": return "bn1"
  case "fc": return "fc"
  default: break
  }
  guard path.count == 4, path[0].hasPrefix("conv"), path[0].hasSuffix("_x"),
    let stage = Int(path[0].dropFirst(4).dropLast(2)), (2...5).contains(stage),
    let index = Int(path[3])
  else { return nil }
  let block = "layer\(stage - 1).\(path[1])"
  switch path[2] {
  case "residual_function" where index % 3 < 2 && index < 9:
    return "\(block).\(index % 3 == 0 ? "conv" : "bn")\(index / 3 + 1)"
  case "shortcut": return "\(block).downsample.\(index)"
  default: return nil
  }
}

// encoder.stages.0.layers.1.layer.2.convolution → layer1.1.conv3
@Sendable private func huggingFaceModule(_ path: [String]) -> String? {
  switch path.joined(separator: ".") {
  case "embedder.embedder.convolution": return "conv1"
  case "embedder.embedder.normalization": return "bn1"
  case "embedder.pooler": return "maxpool"
  case "pooler": return "avgpool"
  default: break
  }
  let kinds = ["convolution": "conv", "normalization": "bn"]
  guard path.count >= 7, path[0...1] == ["encoder", "stages"], path[3] == "layers",
    let stage = Int(path[2]), (0..<4).contains(stage), let kind = kinds[path[path.count - 1]]
  else { return nil }
  let block = "layer\(stage + 1).\(path[4])"
  if path[5] == "shortcut", path.count == 7 {
    return "\(block).downsample.\(kind == "conv" ? 0 : 1)"
  }
  guard path[5] == "layer", path.count == 8, let layer = Int(path[6]), (0..<3).contains(layer)
  else { return nil }
  return "\(block).\(kind)\(layer + 1)"
}
