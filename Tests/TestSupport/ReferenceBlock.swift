package import Networks
package import Tensors

/// A residual block's forward pass in Double, written down from the paper's figure: what its
/// gradients are differenced from.
package struct ReferenceBlock {
  package let block: ResidualBlock
  /// The extents of the input, (N, C, H, W).
  package let inputShape: Shape
  /// The activations at a site, one value at a time and in their order; `nil` leaves them alone.
  package var activation: ((ActivationSite, Double) -> Double)?

  package init(
    block: ResidualBlock, inputShape: Shape, activation: ((ActivationSite, Double) -> Double)? = nil
  ) {
    self.block = block
    self.inputShape = inputShape
    self.activation = activation
  }

  /// The extents of the output, (N, OC, OH, OW).
  package var outputShape: Shape {
    block.branch.reduce(inputShape) { shape, layer in
      ReferenceConvolution(input: shape, weights: layer.weight.shape, layer.geometry).output
    }
  }

  /// The block's output for `input` and the weights of `block.layers`.
  package func output(_ input: [Double], weights: [[Double]]) -> [Double] {
    var hidden = (shape: inputShape, values: input)
    for (index, layer) in block.branch.enumerated() {
      hidden = convolved(hidden, layer, weights[index])
      guard index < block.branch.count - 1 else { break }
      hidden.values = hidden.values.map { value in
        activation?(layer.name, max(value, 0)) ?? max(value, 0)
      }
    }
    let shortcut = shortcut((inputShape, input), weights.last ?? [], outputShape: hidden.shape)
    return zip(hidden.values, shortcut).map { branch, shortcut in
      let sum = max(branch + shortcut, 0)
      return activation?(block.name, sum) ?? sum
    }
  }

  private func convolved(
    _ input: (shape: Shape, values: [Double]), _ layer: Conv2d, _ weights: [Double]
  ) -> (shape: Shape, values: [Double]) {
    let convolution = ReferenceConvolution(
      input: input.shape, weights: layer.weight.shape, layer.geometry)
    let bias = layer.bias.map { $0.map(Double.init) }
    return (convolution.output, convolution.forward(input.values, weights, bias: bias))
  }

  private func shortcut(
    _ input: (shape: Shape, values: [Double]), _ weights: [Double], outputShape: Shape
  ) -> [Double] {
    switch block.shortcut {
    case .identity: return input.values
    case .projection(let layer): return convolved(input, layer, weights).values
    case .subsampling(let stride, let padding):
      let (channels, height, width) = (input.shape[1], input.shape[2], input.shape[3])
      return (0..<outputShape.count).map { index in
        let x = index % outputShape[3]
        let y = index / outputShape[3] % outputShape[2]
        let plane = index / outputShape[3] / outputShape[2]
        let channel = plane % outputShape[1] - padding
        guard (0..<channels).contains(channel) else { return 0 }
        let image = plane / outputShape[1]
        let row = (image * channels + channel) * height + y * stride
        return input.values[row * width + x * stride]
      }
    }
  }
}
