import Networks
import TestSupport
import Tensors
import Testing

/// A residual block's forward pass in Double, written down from the paper's figure: what its
/// gradients are differenced from.
struct ReferenceBlock {
  let block: ResidualBlock
  let inputShape: Shape
  /// The activations at a site, one value at a time; `nil` leaves them alone.
  var activation: ((ActivationSite, Double) -> Double)?

  /// The block's output for `input` and the weights of `block.layers`.
  func output(_ input: [Double], weights: [[Double]]) -> [Double] {
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

/// A block to try, on two images of 6 channels and 7×5 pixels.
struct BlockCase: CustomTestStringConvertible {
  let testDescription: String
  let block: ResidualBlock
  static let inputShape: Shape = [2, 6, 7, 5]

  static let all = [
    BlockCase("basic, identity", [layer(1, [6, 6, 3, 3]), layer(2, [6, 6, 3, 3])], .identity),
    BlockCase(
      "basic, projection", [layer(1, [8, 6, 3, 3], stride: 2), layer(2, [8, 8, 3, 3])],
      .projection(layer(9, [8, 6, 1, 1], stride: 2))),
    BlockCase(
      "basic, subsampling", [layer(1, [12, 6, 3, 3], stride: 2), layer(2, [12, 12, 3, 3])],
      .subsampling(stride: 2, padding: 3)),
    BlockCase(
      "bottleneck, identity",
      [layer(1, [4, 6, 1, 1]), layer(2, [4, 4, 3, 3]), layer(3, [6, 4, 1, 1])], .identity),
    BlockCase(
      "bottleneck, grouped, projection",
      [
        layer(1, [4, 6, 1, 1]), layer(2, [4, 2, 3, 3], stride: 2, groups: 2),
        layer(3, [10, 4, 1, 1]),
      ], .projection(layer(9, [10, 6, 1, 1], stride: 2))),
  ]

  private init(_ description: String, _ branch: [Conv2d], _ shortcut: Shortcut) {
    testDescription = description
    block = ResidualBlock(name: "layer1.0", branch: branch, shortcut: shortcut)
  }

  private static func layer(
    _ number: UInt64, _ shape: Shape, stride: Int = 1, groups: Int = 1
  ) -> Conv2d {
    var weight = randomTensor(shape, seed: number)
    let fanIn = shape.count / shape[0]
    weight.scalars = weight.scalars.map { $0 * (2 / Float(fanIn)).squareRoot() }
    return Conv2d(
      name: number == 9 ? "layer1.0.downsample.0" : "layer1.0.conv\(number)", weight: weight,
      bias: randomTensor([shape[0]], seed: 20 + number).scalars.map { 0.2 * $0 },
      geometry: ConvolutionGeometry(stride: stride, padding: shape[2] / 2, groups: groups))
  }
}
