package import Tensors

/// Every `stride`-th pixel of each map, with channels of zeros added ("option A" of He et al., 2016).
///
/// There are `padding` channels of zeros before the maps and as many after them.
package struct Subsample: Sendable, Equatable, Hashable, Codable {
  package let stride: Int
  /// The number of channels of zeros on each side.
  package let padding: Int

  package init(stride: Int, padding: Int) {
    self.stride = stride
    self.padding = padding
  }

  /// Returns the shape of the output: (C, H, W) → (C + 2·padding, ⌈H/stride⌉, ⌈W/stride⌉).
  func outputShape(_ input: Shape) -> Shape? {
    [input[0] + 2 * padding, (input[1] - 1) / stride + 1, (input[2] - 1) / stride + 1]
  }

  /// Returns the output: (N, C, H, W) → (N, C + 2·padding, ⌈H/stride⌉, ⌈W/stride⌉).
  package func callAsFunction(_ input: Tensor) -> Tensor {
    var output = Tensor(zeros: outputShape(of: input.shape))
    forEachRow(of: input.shape) { source, destination, width in
      for x in 0..<width {
        output.scalars[destination + x] = input.scalars[source + x * stride]
      }
    }
    return output
  }

  /// Returns the gradient (N, C, H, W) with respect to the input.
  func inputGradient(inputShape: Shape, outputGradient: Tensor) -> Tensor {
    var gradient = Tensor(zeros: inputShape)
    forEachRow(of: inputShape) { source, destination, width in
      for x in 0..<width {
        gradient.scalars[source + x * stride] = outputGradient.scalars[destination + x]
      }
    }
    return gradient
  }

  private func outputShape(of input: Shape) -> Shape {
    [
      input[0], input[1] + 2 * padding, (input[2] - 1) / stride + 1, (input[3] - 1) / stride + 1,
    ]
  }

  /// Calls `body` for each row of the output.
  ///
  /// Its arguments are the index of the first pixel to read, the index of the first pixel of the
  /// output row, and the number of pixels in that row.
  private func forEachRow(of input: Shape, _ body: (Int, Int, Int) -> Void) {
    let output = outputShape(of: input)
    for plane in 0..<input[0] * input[1] {
      let outPlane = plane / input[1] * output[1] + padding + plane % input[1]
      for y in 0..<output[2] {
        body(
          (plane * input[2] + y * stride) * input[3], (outPlane * output[2] + y) * output[3],
          output[3])
      }
    }
  }
}
