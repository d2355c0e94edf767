import Graphs
import Quantization
import Tensors

/// A convolution or a sum from codes to codes.
struct DeployStep: Sendable {
  private enum Kind: Sendable {
    case layer(IntegerLayer)
    case sum([UInt8])
  }

  /// The node whose value the step computes: the operation itself, or the ReLU after it.
  let target: Int
  /// The grid of the result.
  let grid: UniformAffine
  private let kind: Kind

  /// Creates the step of node `index`, or returns nil if it does not compute from codes to codes.
  init?(_ index: Int, in network: ExportedNetwork) {
    let node = network.graph.nodes[index]
    let inputs = node.inputs.map { network.codeGrids[$0] }
    guard let target = network.roundedNode(after: index), let grid = network.grids[target] else {
      return nil
    }
    switch node.operation {
    case .convolution(let convolution):
      guard let input = inputs[0], let weights = network.weights[index],
        weights.container == .int8
      else { return nil }
      kind = .layer(
        IntegerLayer(
          convolution, weights, bias: network.integerBias(ofLayerAt: index)?.values, from: input,
          to: grid))
    case .add:
      guard let first = inputs[0], let second = inputs[1] else { return nil }
      kind = .sum(Self.sums(first, second, to: grid))
    default: return nil
    }
    self.target = target
    self.grid = grid
  }

  /// Returns the codes of the result for the codes of the inputs.
  func callAsFunction(_ inputs: [Tensor]) -> Tensor {
    switch kind {
    case .layer(let layer): layer(inputs[0])
    case .sum(let table): Self.sum(inputs[0], inputs[1], table)
    }
  }

  /// Returns the code of the sum for every pair of codes, at index 256 · first + second.
  ///
  /// The formula is that of ONNX Runtime's `QLinearAdd`: two fused multiply-adds in single precision.
  private static func sums(
    _ first: UniformAffine, _ second: UniformAffine, to grid: UniformAffine
  ) -> [UInt8] {
    let (ratio1, ratio2) = (first.scale / grid.scale, second.scale / grid.scale)
    let offset =
      Float(grid.zeroPoint)
      - (ratio1 * Float(first.zeroPoint) + ratio2 * Float(second.zeroPoint))
    let top = Float(grid.bitWidth.levels - 1)
    return (0..<256 * 256).map { pair in
      let partial = offset.addingProduct(Float(pair % 256), ratio2)
      let value = partial.addingProduct(Float(pair / 256), ratio1)
      return UInt8(min(max(value.rounded(.toNearestOrEven), 0), top))
    }
  }

  private static func sum(_ first: Tensor, _ second: Tensor, _ table: [UInt8]) -> Tensor {
    Tensor(shape: first.shape) { output in
      table.withUnsafeBufferPointer { table in
        for index in output.indices {
          output[index] = Float(
            table[Int(first.scalars[index]) << 8 | Int(second.scalars[index])])
        }
      }
    }
  }
}
