/// The names of modules in a residual network of the original kind.
///
/// Stem and branches are `conv1`, `bn1`, `layerS.B.convK` and `layerS.B.bnK`; the names of head and
/// projections differ. The names of other libraries are translated before a layout is made.
struct KeyLayout: Sendable {
  /// The linear layer, such as `fc` (torchvision, timm), `linear` (CIFAR) or `fc.1`.
  let head: String
  /// The usual name of the linear layer under this layout.
  let usualHead: String
  /// The shortcut: `downsample` (torchvision, timm) or `shortcut` (CIFAR).
  ///
  /// Its convolution and normalisation are its modules `0` and `1`, or `1` and `2` after an average
  /// pooling.
  let projection: String
  /// The library whose names were translated; nil if the names are the file's own.
  let library: String?
  private let isTimmV2: Bool

  /// Creates the layout of `names`; it is torchvision's if the names do not show another.
  init(of names: [String], library scheme: NamingScheme, head: String? = nil) {
    isTimmV2 = scheme.firstBlock == NamingScheme.timmV2.firstBlock
    let hasLinear = names.contains { $0.hasPrefix("linear.") }
    usualHead =
      isTimmV2
      ? "head.fc"
      : scheme.library == "Hugging Face" ? "classifier.1" : hasLinear ? "linear" : "fc"
    self.head = head ?? usualHead
    projection =
      names.contains { $0.hasPrefix("layer") && $0.contains(".shortcut.") }
      ? "shortcut" : "downsample"
    library = scheme.library
  }

  /// The part of a network to which a tensor belongs.
  enum Place: Equatable {
    case stem, head
    /// A module such as `conv1` or `downsample.0` of block `index` of stage `stage`, both from 0.
    case block(stage: Int, index: Int, module: String)
  }

  /// Returns the place of the tensor `name`, or nil if no such network has this tensor.
  func place(of name: String) -> Place? { place(of: name, head: head) }

  /// Returns the place of the tensor `name` if `head` is the name of the head.
  func place(of name: String, head: String?) -> Place? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let parameter = parts.last, Self.parameters.contains(parameter) else { return nil }
    if isTimmV2, ["stages", "stem", "norm"].contains(parts[0]) { return .stem }
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
