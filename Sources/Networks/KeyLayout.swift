/// The names of modules in a family of checkpoints.
///
/// Stem and branches are `conv1`, `bn1`, `layerS.B.convK` and `layerS.B.bnK` in every family; the
/// names of head and projections differ.
struct KeyLayout: Equatable, Sendable {
  /// The linear layer: `fc` (torchvision, timm) or `linear` (CIFAR).
  let head: String
  /// The shortcut: `downsample` (torchvision, timm) or `shortcut` (CIFAR).
  ///
  /// Its convolution and normalisation are its modules `0` and `1`, or `1` and `2` after an average
  /// pooling.
  let projection: String
  /// True if the names were Hugging Face's before they were translated to torchvision's.
  let isHuggingFace: Bool

  /// Creates the layout of `names`; it is torchvision's if the names do not show another.
  init(of names: [String], isHuggingFace: Bool) {
    head = names.contains { $0.hasPrefix("linear.") } ? "linear" : "fc"
    projection = names.contains { $0.contains(".shortcut.") } ? "shortcut" : "downsample"
    self.isHuggingFace = isHuggingFace
  }

  /// The part of a network to which a tensor belongs.
  enum Place: Equatable {
    case stem, head
    /// A module such as `conv1` or `downsample.0` of block `index` of stage `stage`, both from 0.
    case block(stage: Int, index: Int, module: String)
  }

  /// Returns the place of the tensor `name`, or nil if no such network has this tensor.
  func place(of name: String) -> Place? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let parameter = parts.last, Self.parameters.contains(parameter) else { return nil }
    let module = parts.dropLast().joined(separator: ".")
    if Self.stemModules.contains(module) { return .stem }
    if module == head { return .head }
    let moduleInBlock = parts.dropFirst(2).dropLast().joined(separator: ".")
    guard parts.count > 3, let stage = Self.stages.firstIndex(of: parts[0]),
      let index = Int(parts[1]), (0..<Self.blockLimit).contains(index),
      blockModules.contains(moduleInBlock)
    else { return nil }
    return .block(stage: stage, index: index, module: moduleInBlock)
  }

  private var blockModules: [String] {
    [
      "conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "se.fc1", "se.fc2", "\(projection).0",
      "\(projection).1", "\(projection).2",
    ]
  }

  /// The modules of stems; timm's deep stems are a sequence in `conv1` with ReLUs at 2 and 5.
  private static let stemModules = [
    "conv1", "bn1", "conv1.0", "conv1.1", "conv1.3", "conv1.4", "conv1.6",
  ]
  private static let stages = ["layer1", "layer2", "layer3", "layer4"]
  private static let parameters = [
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked",
  ]
  /// The limit on blocks per stage; CIFAR's ResNet-1202 has 200.
  private static let blockLimit = 1000
}

/// Hugging Face's names of modules.
enum HuggingFaceLayout {
  /// Returns true if `names` are those of transformers' `ResNetForImageClassification`.
  static func matches(_ names: [String]) -> Bool {
    names.contains { $0.hasPrefix("resnet.embedder.") || $0.hasPrefix("resnet.encoder.") }
  }

  /// Returns torchvision's name of the tensor `name`, or `name` itself if there is none.
  static func torchvisionName(of name: String) -> String {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let parameter = parts.removeLast()
    return module(parts).map { "\($0).\(parameter)" } ?? name
  }

  // resnet.encoder.stages.0.layers.1.layer.2.convolution → layer1.1.conv3
  private static func module(_ parts: [String]) -> String? {
    switch parts.joined(separator: ".") {
    case "resnet.embedder.embedder.convolution": return "conv1"
    case "resnet.embedder.embedder.normalization": return "bn1"
    case "classifier.1": return "fc"
    default: break
    }
    guard parts.count >= 8, parts[0...2] == ["resnet", "encoder", "stages"], parts[4] == "layers",
      let stage = Int(parts[3]), (0..<4).contains(stage), let kind = kinds[parts[parts.count - 1]]
    else { return nil }
    let block = "layer\(stage + 1).\(parts[5])"
    if parts[6] == "shortcut", parts.count == 8 {
      return "\(block).downsample.\(kind == "conv" ? 0 : 1)"
    }
    guard parts[6] == "layer", parts.count == 9, let layer = Int(parts[7]),
      (0..<3).contains(layer)
    else { return nil }
    return "\(block).\(kind)\(layer + 1)"
  }

  private static let kinds = ["convolution": "conv", "normalization": "bn"]
}
