internal import Tensors

// The forward function is `Tensor.meanPooled`: (N, C, H, W) → (N, C, 1, 1), summed in Double.

extension Tensor {
  /// Returns the gradient with respect to the input of a global average pooling.
  ///
  /// The gradient of each mean is divided evenly among the pixels of its map.
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
