import Graphs

/// The names of a pre-activation network's modules.
struct PreActivationLayout {
  let family: Architecture.Family
  /// The library that uses these names.
  let description: String
  /// The first part of a block's name: stages, number of the stage, `blocks`, number of the block.
  let stages: String
  let firstStage: Int
  let blocks: String
  /// The name of normalisations in a block, without their number.
  let normalization: String
  /// The name of a shortcut's convolution.
  let projection: String
  /// The name of the normalisation after the last block, if there is one.
  let lastNormalization: String?
  private let plainStem: Stem
  private let deepStem: Stem?

  /// The known layouts.
  static let all = [kuangliu, timm]

  /// kuangliu's `PreActResNet` for CIFAR-10.
  private static let kuangliu = PreActivationLayout(
    family: .kuangliu, description: "kuangliu's PreActResNet", stages: "layer", firstStage: 1,
    blocks: ".", normalization: "bn", projection: "shortcut.0", lastNormalization: nil,
    plainStem: Stem(
      module: "conv1", layers: [.init(convolution: "conv1", normalization: nil)], kernel: 3,
      stride: 1, pooling: [], isAssumed: true),
    deepStem: nil)

  /// timm's `ResNetV2` with batch normalisation.
  private static let timm = PreActivationLayout(
    family: .timmV2, description: "timm's ResNetV2", stages: "stages.", firstStage: 0,
    blocks: ".blocks.", normalization: "norm", projection: "downsample.conv",
    lastNormalization: "norm",
    plainStem: Stem(
      module: "stem", layers: [.init(convolution: "stem.conv", normalization: nil)], kernel: 7,
      stride: 2, pooling: [Stem.maxPool], isAssumed: true),
    deepStem: Stem(
      module: "stem",
      layers: [
        .init(convolution: "stem.conv1", normalization: "stem.norm1"),
        .init(convolution: "stem.conv2", normalization: "stem.norm2"),
        .init(convolution: "stem.conv3", normalization: nil),
      ], kernel: 3, stride: 2, pooling: [Stem.maxPool], isAssumed: true))

  /// Returns true if `names` follow the layout.
  ///
  /// Blocks have a normalisation before their first convolution. The stem has none after its last
  /// convolution.
  func matches(_ names: [String]) -> Bool {
    names.contains { $0.hasPrefix("\(block(0, 0)).\(normalization)1.") }
      && !names.contains { $0.hasPrefix("bn1.") || $0 == "conv1.bias" || $0.hasPrefix("conv1.0.") }
      && !names.contains { $0.contains(".downsample.0.") || $0.contains(".shortcut.1.") }
  }

  /// Returns the name of a block; `stage` and `index` count from 0.
  func block(_ stage: Int, _ index: Int) -> String {
    "\(stages)\(stage + firstStage)\(blocks)\(index)"
  }

  /// Returns the stem that the tensors show.
  func stem(_ parameters: ParameterReader) -> Stem {
    guard let deepStem, parameters.names.contains(where: { $0.hasPrefix("stem.conv1.") }) else {
      return plainStem
    }
    return deepStem
  }

  /// Returns the number of blocks in every stage, up to the first missing block or stage.
  func blockCounts(_ names: [String]) -> [Int] {
    var counts: [Int] = []
    while true {
      let stage = counts.count
      var count = 0
      while names.contains(where: { $0.hasPrefix("\(block(stage, count)).") }) { count += 1 }
      guard count > 0 else { return counts }
      counts.append(count)
    }
  }
}
