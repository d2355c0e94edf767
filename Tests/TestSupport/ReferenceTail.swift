package import Networks
package import Tensors

/// The end of a folded network in Double, from the input of one of its blocks to the logits.
package struct ReferenceTail {
  private let network: ResNet
  private let first: Int

  /// The tail of `network` that begins with block number `first`, or behind the last block.
  package init(_ network: ResNet, from first: Int) {
    self.network = network
    self.first = first
  }

  /// The logits of images one after the other, for `features` of `shape` (N, C, H, W).
  package func logits(_ features: [Double], shape: Shape) -> [Double] {
    var (shape, hidden) = (shape, features)
    for block in network.blocks[first...] {
      let reference = ReferenceBlock(block: block, inputShape: shape)
      hidden = reference.output(hidden, weights: block.layers.map(\.weight.doubles))
      shape = reference.outputShape
    }
    let planeSize = shape[2] * shape[3]
    let pooled = stride(from: 0, to: hidden.count, by: planeSize).map { start in
      hidden[start..<start + planeSize].reduce(0, +) / Double(planeSize)
    }
    let head = ReferenceConvolution(
      input: [shape[0], shape[1], 1, 1], weights: network.head.weight.shape,
      network.head.geometry)
    return head.forward(
      pooled, network.head.weight.doubles, bias: network.head.bias.map { $0.map(Double.init) })
  }
}

/// The central differences of `function` at some `coordinates` of `point`.
package func centralDifferences(
  of function: ([Double]) -> Double, at point: [Double], coordinates: [Int], step: Double = 1e-5
) -> [Double] {
  coordinates.map { coordinate in
    var (ahead, behind) = (point, point)
    ahead[coordinate] += step
    behind[coordinate] -= step
    return (function(ahead) - function(behind)) / (2 * step)
  }
}
