package import Tensors

/// What a forward pass through a network must remember for the pass back to every layer.
package struct NetworkTrace: Sendable {
  /// (N, 3, H, W).
  package let images: Tensor
  /// The ReLU output of the first convolution, before pooling.
  package let rectifiedStem: Tensor
  package let blocks: [BlockTrace]
  /// The last block's output.
  package let features: Tensor
  /// (N, classes).
  package let logits: Tensor
}

extension ResNet {
  /// The forward pass, remembering what `forEachLayerGradient` needs.
  package func trace(_ images: Tensor) -> NetworkTrace {
    let rectified = stem.convolution(images, relu: true)
    var hidden = stem.pooled(rectified)
    let traces = blocks.map { block in
      let trace = block.trace(hidden)
      hidden = trace.output
      return trace
    }
    return NetworkTrace(
      images: images, rectifiedStem: rectified, blocks: traces, features: hidden,
      logits: logits(features: hidden))
  }

  /// Shows, for every layer, its number in `layers`, its input (N, C, H, W) and the gradient with respect
  /// to its output (N, OC, OH, OW), before any ReLU, of a loss on the logits.
  ///
  /// The head comes first and the stem last; a block's shortcut comes before its branch.
  /// - Parameter logitsGradient: the gradient with respect to the logits, (N, classes).
  package func forEachLayerGradient(
    _ trace: NetworkTrace, logitsGradient: Tensor,
    _ body: (_ layer: Int, _ input: Tensor, _ gradient: Tensor) -> Void
  ) {
    var last = layers.count - 1
    body(
      last, trace.features.meanPooled(),
      logitsGradient.reshaped([logitsGradient.rowCount, classCount, 1, 1]))
    var gradient = headGradient(features: trace.features, logitsGradient: logitsGradient)
    for (block, blockTrace) in zip(blocks, trace.blocks).reversed() {
      last -= block.layers.count
      gradient = block.inputGradient(
        blockTrace, outputGradient: gradient, atLayer: { body(last + $0, $1, $2) })
    }
    gradient = stem.poolGradient(of: trace.rectifiedStem, outputGradient: gradient)
    gradient.maskWhereZero(trace.rectifiedStem)
    body(0, trace.images, gradient)
  }
}
