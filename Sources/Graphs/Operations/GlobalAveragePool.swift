internal import Tensors

// Forward is `Tensor.meanPooled`: (N, C, H, W) → (N, C, 1, 1), summed in Double.

extension Tensor {
  /// Returns the gradient with respect to the input of a global average pooling: spread evenly over every
  /// map's pixels.
  func throughMeanPool(inputShape: Shape) -> Tensor {  // (N, C, 1, 1) → (N, C, H, W)
    let planeSize = inputShape[2] * inputShape[3]
    return Tensor(shape: inputShape) { buffer in
      for (plane, gradient) in scalars.enumerated() {
        let pixel = gradient / Float(planeSize)
        for index in plane * planeSize..<(plane + 1) * planeSize {
          buffer.initializeElement(at: index, to: pixel)
        }
      }
    }
  }
}
