package import Execution
package import Tensors

extension ResNet {
  /// Shows the Gram matrices of every layer's inputs, layer after layer in module order: one (d, d) a group
  /// of channels, the mean of x·xᵀ over the patches x of `images`, see `GramSum`.
  ///
  /// No more matrices than one block's are in memory at a time, and one copy of the activations between
  /// two blocks.
  /// - Parameters:
  ///   - positionLimit: the most positions of an image that are looked at.
  ///   - body: is given the layer's number in `layers`.
  package func forEachInputGram(
    images: Tensor, positionLimit: Int, workers: Workers = .one,
    _ body: (_ layer: Int, _ grams: [Tensor]) throws -> Void
  ) rethrows {
    var chunks = images.chunks(of: imagesPerChunk)
    var first = 0
    /// Shows a unit's layers; `trace` gives their inputs and the unit's output.
    func show(
      _ layers: [Conv2d], trace: @Sendable (Tensor) -> (inputs: [Tensor], output: Tensor)
    ) throws {
      var sums = layers.map {
        GramSum(weights: $0.weight.shape, geometry: $0.geometry, positionLimit: positionLimit)
      }
      for range in chunks.indices.chunks(of: chunksAtOnce) {
        let traces = workers.map(Array(chunks[range]), trace)
        for (layer, index) in zip(layers.indices, traces[0].inputs.indices) {
          sums[layer].add(Tensor(joining: traces.map { $0.inputs[index] }), workers: workers)
        }
        chunks.replaceSubrange(range, with: traces.map(\.output))
      }
      for sum in sums {
        try body(first, sum.means(workers: workers))
        first += 1
      }
    }
    try show([stem.convolution]) { [stem] in ([$0], stem($0)) }
    for block in blocks {
      try show(block.layers) { input in
        let trace = block.trace(input)
        return (block.layerInputs(trace), trace.output)
      }
    }
    try show([head]) { features in ([features.meanPooled()], features) }
  }
}

/// Chunks of images that are on their way through a block at the same time.
private let chunksAtOnce = 8

extension ResidualBlock {
  /// What every convolution was given, in the order of `layers`.
  fileprivate func layerInputs(_ trace: BlockTrace) -> [Tensor] {
    let branchInputs = [trace.input] + trace.mapped
    if case .projection = shortcut { return branchInputs + [trace.input] }
    return branchInputs
  }
}
