/// What the tensors of a checkpoint cannot show, from flags or from the configuration beside it.
package struct ArchitectureOptions: Sendable, Equatable {
  /// Whether a bottleneck's stride sits on its first 1×1 convolution (`downsample_in_bottleneck`)
  /// and not on its 3×3 convolution; `nil` where nobody said.
  package var strideIn1x1: Bool?
  /// The ε of every batch normalisation; `nil` where nobody said.
  package var bnEpsilon: Double?
  /// Whether stage 1 halves the resolution as well (`downsample_in_first_stage`).
  package var downsampleInFirstStage: Bool?
  /// The architecture as its configuration names it, such as `resnet50.a1_in1k`.
  package var architecture: String?
  /// The number of classes that the configuration tells.
  package var classCount: Int?

  package init(
    strideIn1x1: Bool? = nil, bnEpsilon: Double? = nil, downsampleInFirstStage: Bool? = nil,
    architecture: String? = nil, classCount: Int? = nil
  ) {
    self.strideIn1x1 = strideIn1x1
    self.bnEpsilon = bnEpsilon
    self.downsampleInFirstStage = downsampleInFirstStage
    self.architecture = architecture
    self.classCount = classCount
  }
}

/// What was recognised in a checkpoint, for people to check.
package struct ArchitectureReport: Sendable, Equatable {
  /// Such as "ResNet-18", "ResNeXt-50 32×4d", "Wide ResNet-50-2" or "CIFAR ResNet-20".
  package let architecture: String
  /// Whose names the tensors have.
  package let layout: String
  /// What neither the tensors nor the options show, one statement each.
  package let assumptions: [String]
  /// Whether the network begins with a 3×3 convolution without pooling, as those for small images do.
  package let suitsSmallImages: Bool
  /// Tensors that inference does not need, such as `bn1.num_batches_tracked`.
  package let ignoredTensors: [String]
}

/// The numbers that tell one residual network from another.
struct Architecture {
  let layout: KeyLayout
  /// The number of blocks in every stage.
  let blockCounts: [Int]
  /// Whether blocks have three convolutions, 1×1, 3×3 and 1×1, and not two 3×3 ones.
  let isBottleneck: Bool
  let stemChannels: Int
  let hasSmallStem: Bool
  /// Whether shortcuts across a change of shape have no weights.
  let hasFreeShortcuts: Bool
  /// The channels and groups of the first block's inner convolution.
  let width: Int
  let groups: Int

  /// Convolutions of stem and branches plus the head, as the papers count.
  private var depth: Int { blockCounts.reduce(0, +) * (isBottleneck ? 3 : 2) + 2 }

  /// The name that the field has for it.
  var name: String {
    guard hasSmallStem else { return family + channelRemark(usual: 64) }
    if blockCounts.count == 4 { return "CIFAR-style \(family)" + channelRemark(usual: 64) }
    return "CIFAR \(family)" + channelRemark(usual: 16)
  }

  private var family: String {
    guard isBottleneck, width != stemChannels else { return "ResNet-\(depth)" }
    if groups > 1 { return "ResNeXt-\(depth) \(groups)×\(width / groups)d" }
    guard width % stemChannels == 0 else { return "ResNet-\(depth) of width \(width)" }
    return "Wide ResNet-\(depth)-\(width / stemChannels)"
  }

  private func channelRemark(usual: Int) -> String {
    stemChannels == usual ? "" : " from \(stemChannels) channels"
  }

  var layoutName: String {
    if hasFreeShortcuts { return "CIFAR (parameter-free shortcuts)" }
    if layout.isHuggingFace { return "Hugging Face" }
    return layout.head == "linear" ? "CIFAR (projection shortcuts)" : "torchvision (also timm's)"
  }

  /// What has been taken for granted under `options`.
  func assumptions(_ options: ArchitectureOptions, hasBatchNorm: Bool) -> [String] {
    var statements = [
      hasSmallStem
        ? "stem: stride 1, no pooling" : "stem: stride 2, then 3×3 max pooling at stride 2"
    ]
    if options.downsampleInFirstStage == nil {
      statements.append("stages: stride 2 at the start of every stage but the first")
    }
    if isBottleneck, options.strideIn1x1 == nil {
      statements.append("bottlenecks: stride on the 3×3 convolution, as torchvision has it")
    }
    if hasFreeShortcuts {
      statements.append("shortcuts: every second pixel, new channels zero on both sides")
    }
    if hasBatchNorm, options.bnEpsilon == nil {
      statements.append("batch normalisation: epsilon 1e-5")
    }
    return statements
  }
}
