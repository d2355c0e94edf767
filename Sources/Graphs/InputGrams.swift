package import Execution
package import Tensors

extension Graph {
  /// Calls `body` with the Gram matrices of every layer's inputs, in the order of `layers`.
  ///
  /// There is one matrix (d, d) per group of channels: the mean of x·xᵀ over the patches x of
  /// `images`, see `GramSum`. Memory holds the matrices of one unit at a time and one copy of the
  /// activations between two units.
  ///
  /// - Parameters:
  ///   - positionLimit: The largest number of positions per image that are used.
  ///   - body: Receives the index of the layer in `layers` and its matrices.
  package func forEachInputGram(
    images: Tensor, positionLimit: Int, context: Context = .serial,
    _ body: (_ layer: Int, _ grams: [Tensor]) throws -> Void
  ) rethrows {
    var chunks = images.chunks(of: imagesPerChunk)
    for (unit, numbers) in zip(units, layersOfUnits) {
      let part = self[unit]
      let layers = part.layers
      var sums = layers.map {
        GramSum(weights: $0.weight.shape, geometry: $0.geometry, positionLimit: positionLimit)
      }
      for range in chunks.indices.chunks(of: chunksAtOnce) {
        let passes = context.map(Array(chunks[range])) { part.inputsOfLayers($0) }
        for index in layers.indices {
          sums[index].add(Tensor(joining: passes.map { $0.inputs[index] }), context: context)
        }
        chunks.replaceSubrange(range, with: passes.map(\.output))
      }
      for (number, sum) in zip(numbers, sums) { try body(number, sum.means(context: context)) }
    }
  }

  /// Returns the inputs of all layers and the output.
  private func inputsOfLayers(_ input: Tensor) -> (inputs: [Tensor], output: Tensor) {
    let trace = trace(input)
    return (layers.map { trace[nodes[$0.node].inputs[0]] }, trace.output)
  }
}

/// The number of chunks of images that pass through a unit at the same time.
private let chunksAtOnce = 8
