package import Networks
package import Tensors
internal import Testing

/// A block to try, on two images of 6 channels and 7×5 pixels.
package struct BlockCase: CustomTestStringConvertible, Sendable {
  package let testDescription: String
  package let block: ResidualBlock
  package static let inputShape: Shape = [2, 6, 7, 5]

  /// Every kind of block and shortcut.
  package static let all = [
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
