package import Tensors

extension ResNet {
  /// The gradient with respect to `features`, the input of block number `first` (or of the pooling
  /// before the head, behind the last), of a loss whose gradient with respect to the logits (N, classes)
  /// `logitsGradient` gives.
  package func tailGradient(
    from first: Int, features: Tensor, logitsGradient: (Tensor) -> Tensor
  ) -> Tensor {
    var traces: [BlockTrace] = []
    var hidden = features
    for block in blocks[first...] {
      traces.append(block.trace(hidden))
      hidden = traces[traces.count - 1].output
    }
    var gradient = headGradient(
      features: hidden, logitsGradient: logitsGradient(logits(features: hidden)))
    for (block, trace) in zip(blocks[first...], traces).reversed() {
      gradient = block.inputGradient(trace, outputGradient: gradient)
    }
    return gradient
  }

  // Through the linear layer, then spread evenly over each plane's pixels.
  func headGradient(features: Tensor, logitsGradient: Tensor) -> Tensor {
    let (images, channels) = (features.shape[0], features.shape[1])
    let pooledGradient = head.inputGradient(
      inputShape: [images, channels, 1, 1],
      outputGradient: logitsGradient.reshaped([images, classCount, 1, 1]))
    let planeSize = features.shape[2] * features.shape[3]
    return Tensor(shape: features.shape) { buffer in
      for (plane, gradient) in pooledGradient.scalars.enumerated() {
        let pixel = gradient / Float(planeSize)
        for index in plane * planeSize..<(plane + 1) * planeSize {
          buffer.initializeElement(at: index, to: pixel)
        }
      }
    }
  }
}
