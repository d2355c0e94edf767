package import Execution
package import Graphs
package import Quantization
package import Tensors

/// The rounding of a unit's layers by GPTQ, one after the other.
///
/// The inputs of each layer come from the layers before it, which are already rounded. The target is
/// the output of the full-precision layer for full-precision inputs (see `ShiftSum` and `GPTQ`).
/// Learning may start from the result.
package struct UnitGPTQ {
  /// The largest number of windows per image that are used.
  static let positionLimit = 64

  private let inputs: UnitInputs
  private let imagesAtOnce: Int
  private let context: Context

  /// Creates the rounding for the unit with `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: The inputs of the unit for all calibration images.
  ///   - imagesAtOnce: The number of images that pass through the unit at the same time.
  package init(_ inputs: UnitInputs, imagesAtOnce: Int = imagesHeldAtOnce, context: Context) {
    self.inputs = inputs
    self.imagesAtOnce = imagesAtOnce
    self.context = context
  }

  /// A finished part of the work on a layer.
  package enum Phase: Equatable, Sendable {
    /// The inputs of some images are added to the layer's sums.
    case inputs(images: Int)
    /// The weights are rounded.
    case rounding
  }

  /// Returns the codes of all layers of `unit`, on the grids of `nearest`.
  ///
  /// - Parameter progress: Called after every phase of every layer.
  package func callAsFunction(
    _ unit: Graph, nearest: [QuantizedTensor], progress: (Phase) -> Void = { _ in }
  ) -> [QuantizedTensor] {
    var rounded = unit
    return unit.layers.enumerated().map { index, layer in
      var sum = ShiftSum(
        weight: layer.weight, geometry: layer.geometry, positionLimit: Self.positionLimit)
      for rows in (0..<inputs.quantized.rowCount).chunks(of: imagesAtOnce) {
        sum.add(
          rounded.input(of: layer, for: inputs.quantized[rows: rows], context: context),
          insteadOf: unit.input(
            of: layer, for: inputs.fullPrecision[rows: rows], context: context),
          context: context)
        progress(.inputs(images: rows.count))
      }
      let codes = GPTQ(grams: sum.grams(context: context), context: context).quantize(
        layer.weight, shift: sum.shift, grids: nearest[index].grids, context: context)
      rounded = rounded.withWeight(codes.dequantized(), ofLayer: index)
      progress(.rounding)
      return codes
    }
  }
}

extension UnitGPTQ {
  /// Returns the largest number of bytes that the rounding of one layer of `unit` needs.
  ///
  /// While inputs are added, memory holds the sums in Double, the inputs of some images twice, and the
  /// activations up to the layer. While the layer is rounded, it holds for every group the sums in Double,
  /// and in Float the means, the means in the order of rounding, and both factors.
  ///
  /// - Parameter inputShape: The shape (C, H, W) of one image's input.
  package static func bytes(
    of unit: Graph, inputShape: Shape, imagesAtOnce: Int = imagesHeldAtOnce
  ) -> Int {
    guard let shapes = try? unit.shapes(for: inputShape) else { return 0 }
    let (float, double) = (MemoryLayout<Float>.size, MemoryLayout<Double>.size)
    return unit.layers.map { layer in
      let size = layer.weight.scalars.count / layer.outputChannels
      let entries = layer.geometry.groups * size * size
      let wanted = unit.nodes[layer.node].inputs[0]
      let held = unit.nodes(before: wanted).reduce(0) { $0 + shapes[$1].count }
      let floats = 2 * shapes[0].count + shapes[wanted].count + held
      return max(
        entries * double + imagesAtOnce * floats * float, entries * (double + 4 * float))
    }.max() ?? 0
  }
}

extension Graph {
  /// Returns the input of `layer` for the graph's `input`; it computes only the nodes that are needed.
  fileprivate func input(of layer: Layer, for input: Tensor, context: Context) -> Tensor {
    let wanted = nodes[layer.node].inputs[0]
    guard wanted > 0 else { return input }
    var executor = Executor(self, input: input)
    for node in self.nodes(before: wanted) { executor.evaluate(node, context: context) }
    return executor.values[wanted] ?? input
  }

  /// Returns `wanted` and all nodes that it depends on, without the graph's input, in order.
  fileprivate func nodes(before wanted: Int) -> [Int] {
    var needed: Set<Int> = [wanted]
    for node in nodes.indices.reversed() where needed.contains(node) {
      needed.formUnion(nodes[node].inputs)
    }
    return needed.filter { $0 > 0 }.sorted()
  }
}
