/// The facts about a network that its tensors cannot show, from flags or from the configuration beside the
/// checkpoint.
package struct ArchitectureOptions: Sendable, Equatable {
  /// Whether a bottleneck's stride sits on its first 1×1 convolution (`downsample_in_bottleneck`)
  /// and not on its 3×3 convolution; nil if unknown.
  package var strideIn1x1: Bool?
  /// The ε of every batch normalisation; nil if unknown.
  package var bnEpsilon: Double?
  /// Whether stage 1 halves the resolution as well (`downsample_in_first_stage`).
  package var downsampleInFirstStage: Bool?
  /// The architecture as its configuration names it, such as `resnet50.a1_in1k`.
  package var architecture: String?
  /// The number of classes in the configuration.
  package var classCount: Int?
  /// The arguments that the network was made with (`model_args`).
  package var arguments: ModelArguments

  package init(
    strideIn1x1: Bool? = nil, bnEpsilon: Double? = nil, downsampleInFirstStage: Bool? = nil,
    architecture: String? = nil, classCount: Int? = nil, arguments: ModelArguments = .init()
  ) {
    self.strideIn1x1 = strideIn1x1
    self.bnEpsilon = bnEpsilon
    self.downsampleInFirstStage = downsampleInFirstStage
    self.architecture = architecture
    self.classCount = classCount
    self.arguments = arguments
  }
}

/// What was recognised in a checkpoint, for people to check.
package struct ArchitectureReport: Sendable, Equatable {
  /// Such as "ResNet-18", "ResNeXt-50 32×4d", "SE-ResNet-50t" or "CIFAR ResNet-20".
  package let architecture: String
  /// Whose names the tensors have.
  package let layout: String
  /// What neither the tensors nor the options show, one statement each.
  package let assumptions: [String]
  /// Whether nothing before the first block halves the resolution, as in networks for small images.
  package let suitsSmallImages: Bool
  /// Tensors that inference does not need, such as `bn1.num_batches_tracked`.
  package let ignoredTensors: [String]
}
