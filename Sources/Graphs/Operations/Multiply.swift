internal import Tensors

extension Tensor {
  /// Returns every map multiplied by its gate (Hu et al., "Squeeze-and-Excitation Networks",
  /// CVPR 2018).
  func gated(by gates: Tensor) -> Tensor {  // (N, C, H, W), (N, C, 1, 1) → (N, C, H, W)
    precondition(
      gates.shape == [shape[0], shape[1], 1, 1], "gates \(gates.shape) for maps \(shape)")
    var output = self
    output.scalePlanes(by: gates.scalars)
    return output
  }

  /// Returns the gradients with respect to `maps` and `gates`.
  ///
  /// This tensor is the gradient with respect to their product.
  func throughGate(maps: Tensor, gates: Tensor) -> [Tensor] {
    let planeSize = shape[2] * shape[3]
    var products = [Float](repeating: 0, count: shape[0] * shape[1])
    for plane in products.indices {
      var sum = 0.0
      for index in plane * planeSize..<(plane + 1) * planeSize {
        sum += Double(scalars[index]) * Double(maps.scalars[index])
      }
      products[plane] = Float(sum)
    }
    return [gated(by: gates), Tensor(shape: gates.shape, scalars: products)]
  }

  /// Multiplies every plane by its factor in place.
  private mutating func scalePlanes(by factors: [Float]) {
    let planeSize = shape[2] * shape[3]
    scalars.withUnsafeMutableBufferPointer { scalars in
      for (plane, factor) in factors.enumerated() {
        for index in plane * planeSize..<(plane + 1) * planeSize { scalars[index] *= factor }
      }
    }
  }
}
