package import Execution
package import Graphs
package import Tensors

extension Graph {
  /// Returns the KL divergence that changes of one layer's weights cause.
  ///
  /// It is ½·E⟨∇, ΔW⟩² in nats per image, to second order. ∇ is the gradient of −log p(y | image)
  /// with respect to the weights. The mean is over `images` and over labels y drawn from the
  /// model's own softmax; `samples` sketches per image replace the labels, see `FisherSketch`.
  ///
  /// This is the quadratic form of the layer's whole Fisher information, with all terms between
  /// positions and channels. It costs one weight gradient per image and sketch.
  ///
  /// - Parameter changes: For every layer, in module order, any number of changes ΔW.
  /// - Returns: One row per layer, with one number per change.
  package func fisherForms(
    of changes: [[Tensor]], images: Tensor, sketch: FisherSketch, samples: Int,
    context: Context = .serial
  ) -> [[Double]] {
    precondition(changes.count == layers.count, "changes of \(changes.count) layers")
    let layers = layers
    return sketched(
      images, by: sketch, samples: samples,
      zeros: changes.map { [Double](repeating: 0, count: $0.count) },
      times: 0.5 / Double(images.rowCount * samples), context: context
    ) { trace, gradient, sums in
      _ = backward(trace, outputGradient: gradient, activations: nil) { node, gradient in
        guard let index = layers.firstIndex(where: { $0.node == node }) else { return }
        layers[index].convolution.addSquaredSlopes(
          along: changes[index], input: trace[nodes[node].inputs[0]], outputGradient: gradient,
          to: &sums[index])
      }
    }
  }
}

extension Convolution {
  /// Adds ⟨∇, ΔW⟩² of every image to the sum of each of `changes`.
  fileprivate func addSquaredSlopes(
    along changes: [Tensor], input: Tensor, outputGradient: Tensor, to sums: inout [Double]
  ) {
    let gradients = (0..<input.rowCount).map { image in
      let row = image..<image + 1
      return weightGradient(input: input[rows: row], outputGradient: outputGradient[rows: row])
    }
    var slopes = [Double](repeating: 0, count: changes.count * gradients.count)
    // One channel at a time, so that its gradients stay in the cache for all changes.
    for channel in 0..<outputChannels {
      for (index, change) in changes.enumerated() {
        for (image, gradient) in gradients.enumerated() {
          slopes[index * gradients.count + image] += gradient.dotProduct(
            with: change, rows: channel..<channel + 1)
        }
      }
    }
    for (index, slope) in slopes.enumerated() { sums[index / gradients.count] += slope * slope }
  }
}
