package import Tensors

/// The facts about a network that its tensors do not show.
///
/// They come from flags, from the configuration beside the checkpoint or from the checkpoint itself.
package struct ArchitectureOptions: Sendable, Equatable {
  /// True if a bottleneck's stride is on its first 1×1 convolution (`downsample_in_bottleneck`).
  ///
  /// False puts it on the 3×3 convolution; nil means unknown.
  package var strideIn1x1: Bool?
  /// The ε of every batch normalisation; nil if unknown.
  package var bnEpsilon: Double?
  /// True if stage 1 also halves the resolution (`downsample_in_first_stage`); nil if unknown.
  package var downsampleInFirstStage: Bool?
  /// The name of the architecture in the configuration, such as `resnet50.a1_in1k`.
  package var architecture: String?
  /// The number of classes in the configuration.
  package var classCount: Int?
  /// The arguments of the network's constructor (`model_args`).
  package var arguments: ModelArguments
  /// The stride of the first convolution.
  package var stemStride: Int?
  /// The zeros around the input of the first convolution.
  package var stemPadding: Int?
  /// True if 3×3 max pooling at stride 2 follows the stem, false if nothing does.
  package var hasStemPooling: Bool?
  /// The name of the head's module, if several linear layers could be it.
  package var head: String?
  /// The modules of a network that was saved whole; empty for a state dict.
  package var modules: [NamedModule] = []

  package init(
    strideIn1x1: Bool? = nil, bnEpsilon: Double? = nil, downsampleInFirstStage: Bool? = nil,
    architecture: String? = nil, classCount: Int? = nil, arguments: ModelArguments = .init(),
    stemStride: Int? = nil, stemPadding: Int? = nil, hasStemPooling: Bool? = nil,
    head: String? = nil
  ) {
    self.strideIn1x1 = strideIn1x1
    self.bnEpsilon = bnEpsilon
    self.downsampleInFirstStage = downsampleInFirstStage
    self.architecture = architecture
    self.classCount = classCount
    self.arguments = arguments
    self.stemStride = stemStride
    self.stemPadding = stemPadding
    self.hasStemPooling = hasStemPooling
    self.head = head
  }
}

/// A report on the architecture that was recognised in a checkpoint.
package struct ArchitectureReport: Sendable, Equatable {
  /// The name, such as "ResNet-18", "ResNeXt-50 32×4d", "SE-ResNet-50t" or "CIFAR ResNet-20".
  package let architecture: String
  /// The library whose names the tensors have.
  package let layout: String
  /// The assumptions that neither tensors nor options confirm, one statement each.
  package let assumptions: [String]
  /// The choices that were made while the network was found among the tensors, one statement each.
  package let notes: [String]
  /// The channels of its input: 3 for colours, 1 for grey.
  package let inputChannels: Int
  /// The pixel statistics with which this layout's library trains on CIFAR; nil for other networks.
  package let smallImages: PixelStatistics?
  /// The normalisation of pixels that the model does itself, if its buffers show one.
  package let normalization: PixelNormalization?
  /// True if nothing before the first block pools, as in networks for small images.
  package let suitsSmallImages: Bool
  /// The tensors that inference does not need, such as `bn1.num_batches_tracked`.
  package let ignoredTensors: [String]
}
