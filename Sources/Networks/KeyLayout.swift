/// How a family of checkpoints names its modules.
///
/// Stem and branches are `conv1`, `bn1`, `layerS.B.convK` and `layerS.B.bnK` everywhere; head and
/// projections differ.
struct KeyLayout: Equatable, Sendable {
  /// The linear layer: `fc` (torchvision, timm) or `linear` (CIFAR).
  let head: String
  /// The shortcut: `downsample` (torchvision, timm) or `shortcut` (CIFAR).
  ///
  /// Its convolution and normalisation are `.0` and `.1` of this, behind an average pooling `.1` and `.2`.
  let projection: String
  /// Whether the names were Hugging Face's before they were turned into torchvision's.
  let isHuggingFace: Bool

  /// The layout that `names` follow; torchvision's where they show nothing.
  init(of names: [String], isHuggingFace: Bool) {
    head = names.contains { $0.hasPrefix("linear.") } ? "linear" : "fc"
    projection = names.contains { $0.contains(".shortcut.") } ? "shortcut" : "downsample"
    self.isHuggingFace = isHuggingFace
  }

  /// Where a tensor belongs.
  enum Place: Equatable {
    case stem, head
    /// A module such as `conv1` or `downsample.0` of block `index` of stage `stage`, both from 0.
    case block(stage: Int, index: Int, module: String)
  }

  /// The place of the tensor called `name`, or `nil` where no such network has one.
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

  /// timm's deep stems are a sequence in `conv1`, with ReLUs at 2 and 5.
  private static let stemModules = [
    "conv1", "bn1", "conv1.0", "conv1.1", "conv1.3", "conv1.4", "conv1.6",
  ]
  private static let stages = ["layer1", "layer2", "layer3", "layer4"]
  private static let parameters = [
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked",
  ]
  /// CIFAR's ResNet-1202 has 200 blocks a stage.
  private static let blockLimit = 1000
}

/// Hugging Face's names of the same modules.
enum HuggingFaceLayout {
  /// Whether `names` are those of transformers' `ResNetForImageClassification`.
  static func matches(_ names: [String]) -> Bool {
    names.contains { $0.hasPrefix("resnet.embedder.") || $0.hasPrefix("resnet.encoder.") }
  }

  /// The name that torchvision has for the tensor called `name`; the same name where it has none.
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
