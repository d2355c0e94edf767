package import Execution
package import Tensors

/// The first convolution with its ReLU, and max pooling where images are large.
package struct Stem: Sendable, Equatable {
  package var convolution: Conv2d
  /// 3×3 windows at stride 2, as ImageNet networks have.
  package let hasMaxPool: Bool

  package init(convolution: Conv2d, hasMaxPool: Bool) {
    self.convolution = convolution
    self.hasMaxPool = hasMaxPool
  }

  package func callAsFunction(
    _ images: Tensor, activations: ActivationMap? = nil, workers: Workers = .one
  ) -> Tensor {
    var output = convolution(images, relu: true, workers: workers)
    if let activations { output = activations(convolution.name, output) }
    return pooled(output)
  }

  /// Behind the ReLU.
  func pooled(_ rectified: Tensor) -> Tensor {
    hasMaxPool ? rectified.maxPooled(kernel: 3, stride: 2, padding: 1) : rectified
  }

  /// The gradient with respect to `rectified`, from that with respect to `pooled` of it.
  func poolGradient(of rectified: Tensor, outputGradient: Tensor) -> Tensor {
    guard hasMaxPool else { return outputGradient }
    return rectified.maxPoolGradient(
      outputGradient: outputGradient, kernel: 3, stride: 2, padding: 1)
  }
}

/// Where a layer stands: stem and head are quantized by rules of their own.
package enum LayerRole: String, Sendable, Codable {
  case stem, body, head
}

/// A residual network (He et al., 2016): a stem, residual blocks, and a linear head on mean-pooled maps.
///
/// A value: the full-precision network, the folded one and each quantized one are different values of
/// this type, never modes of one.
package struct ResNet: Sendable, Equatable {
  /// For people, such as "ResNet-18".
  package let architecture: String
  package var stem: Stem
  package var blocks: [ResidualBlock]
  /// A linear layer as a 1×1 convolution.
  package var head: Conv2d

  package init(architecture: String, stem: Stem, blocks: [ResidualBlock], head: Conv2d) {
    self.architecture = architecture
    self.stem = stem
    self.blocks = blocks
    self.head = head
  }

  package var classCount: Int { head.outputChannels }

  /// The logits (N, classes) of images (N, 3, H, W).
  package func callAsFunction(
    _ images: Tensor, activations: ActivationMap? = nil, workers: Workers = .one
  ) -> Tensor {
    var features = stem(images, activations: activations, workers: workers)
    for block in blocks { features = block(features, activations: activations, workers: workers) }
    return logits(features: features, workers: workers)
  }

  /// The logits (N, classes) of the last block's output (N, C, H, W).
  package func logits(features: Tensor, workers: Workers = .one) -> Tensor {
    let logits = head(features.meanPooled(), workers: workers)
    return logits.reshaped([features.rowCount, classCount])
  }

  /// Every convolution and the head, in module order.
  package var layers: [Conv2d] { [stem.convolution] + blocks.flatMap(\.layers) + [head] }

  /// The roles of `layers`, in the same order.
  package var layerRoles: [LayerRole] {
    [.stem] + blocks.flatMap { $0.layers.map { _ in .body } } + [.head]
  }

  /// The network with every layer replaced, in module order.
  package func mapLayers(_ transform: (Conv2d) throws -> Conv2d) rethrows -> ResNet {
    var network = self
    network.stem.convolution = try transform(stem.convolution)
    network.blocks = try blocks.map { try $0.mapLayers(transform) }
    network.head = try transform(head)
    return network
  }

  /// The same map with every batch normalisation folded into the convolution before it.
  package func foldingBatchNorm() -> ResNet { mapLayers { $0.foldingBatchNorm() } }

  /// Every site where activations may be quantized, in order.
  package var activationSites: [ActivationSite] {
    [stem.convolution.name] + blocks.flatMap(\.activationSites)
  }
}
