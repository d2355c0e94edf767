package import Execution
package import Graphs
package import Quantization
package import Tensors

/// Rounds the layers of a unit by GPTQ, one after the other: a closed form, and the start of learning.
///
/// Each layer sees what the layers before it, already rounded, make of the calibration images, and aims at
/// the output of the full-precision layer for full-precision inputs (`ShiftSum`, `GPTQ`).
package struct UnitGPTQ {
  /// The most windows per image that are looked at.
  static let positionLimit = 64

  private let inputs: UnitInputs
  private let imagesAtOnce: Int
  private let workers: Workers

  /// - Parameters:
  ///   - inputs: The inputs of the unit, for all calibration images.
  ///   - imagesAtOnce: The number of images that go through the unit at the same time.
  package init(_ inputs: UnitInputs, imagesAtOnce: Int = imagesHeldAtOnce, workers: Workers) {
    self.inputs = inputs
    self.imagesAtOnce = imagesAtOnce
    self.workers = workers
  }

  /// A finished part of the work on a layer: the inputs of some images are looked at, or its weights are
  /// rounded.
  package enum Phase: Equatable, Sendable {
    case inputs(images: Int)
    case rounding
  }

  /// Returns the codes of all layers of `unit`, on the grids of `nearest`.
  /// - Parameter progress: Is called at the end of every phase of every layer.
  package func callAsFunction(
    _ unit: Graph, nearest: [QuantizedTensor], progress: (Phase) -> Void = { _ in }
  ) -> [QuantizedTensor] {
    var rounded = unit
    return unit.layers.enumerated().map { index, layer in
      var sum = ShiftSum(
        weight: layer.weight, geometry: layer.geometry, positionLimit: Self.positionLimit)
      for rows in (0..<inputs.quantized.rowCount).chunks(of: imagesAtOnce) {
        sum.add(
          rounded.input(of: layer, for: inputs.quantized[rows: rows], workers: workers),
          insteadOf: unit.input(
            of: layer, for: inputs.fullPrecision[rows: rows], workers: workers),
          workers: workers)
        progress(.inputs(images: rows.count))
      }
      let codes = GPTQ(grams: sum.grams(workers: workers), workers: workers).quantize(
        layer.weight, shift: sum.shift, grids: nearest[index].grids, workers: workers)
      rounded = rounded.replacing(layer: index, weight: codes.dequantized())
      progress(.rounding)
      return codes
    }
  }
}

extension UnitGPTQ {
  /// The most bytes that the matrices (d, d) of one layer of `unit` take at a time: the sums in Double, and in
  /// Float the means, those of them in the order of rounding, and both factors.
  package static func matrixBytes(of unit: Graph) -> Int {
    let sizes = unit.layers.map { $0.weight.scalars.count / $0.outputChannels }
    let perEntry = MemoryLayout<Double>.size + 4 * MemoryLayout<Float>.size
    return sizes.map { $0 * $0 * perEntry }.max() ?? 0
  }
}

extension Graph {
  /// Returns the input of `layer` when `input` enters the graph; only the nodes before it are computed.
  fileprivate func input(of layer: Layer, for input: Tensor, workers: Workers) -> Tensor {
    let wanted = nodes[layer.node].inputs[0]
    guard wanted > 0 else { return input }
    var needed: Set<Int> = [wanted]
    for node in nodes.indices.reversed() where needed.contains(node) {
      needed.formUnion(nodes[node].inputs)
    }
    var executor = Executor(self, input: input)
    for node in needed.sorted().dropFirst() { executor.evaluate(node, workers: workers) }
    return executor.values[wanted] ?? input
  }

  fileprivate func replacing(layer index: Int, weight: Tensor) -> Graph {
    var weights = layers.map(\.weight)
    weights[index] = weight
    return withWeights(weights)
  }
}
