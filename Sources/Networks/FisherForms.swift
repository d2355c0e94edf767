package import Execution
package import Tensors

extension ResNet {
  /// The increase of the KL divergence, in nats an image, that changes of one layer's weights cause, to
  /// second order: ½·E⟨∇, ΔW⟩², with ∇ the gradient of −log p(y | image) with respect to the weights and
  /// the mean over `images` and labels y of the model's own softmax.
  ///
  /// This is the quadratic form of the layer's whole Fisher information, with all its terms between
  /// positions and channels, at the price of a weight gradient an image. A row a layer, with a number a
  /// change. The labels are averaged over by `samples` sketches an image, see `FisherSketch`.
  /// - Parameter changes: for every layer, in module order, any number of ΔW.
  package func fisherForms(
    of changes: [[Tensor]], images: Tensor, sketch: FisherSketch, samples: Int,
    workers: Workers = .one
  ) -> [[Double]] {
    precondition(changes.count == layers.count, "changes of \(changes.count) layers")
    let layers = layers
    return sketched(
      images, by: sketch, samples: samples,
      zeros: changes.map { [Double](repeating: 0, count: $0.count) },
      times: 0.5 / Double(images.rowCount * samples), workers: workers
    ) { trace, gradient, sums in
      forEachLayerGradient(trace, logitsGradient: gradient) { index, input, gradient in
        layers[index].addSquaredSlopes(
          along: changes[index], input: input, outputGradient: gradient, to: &sums[index])
      }
    }
  }
}

extension Conv2d {
  /// Adds ⟨∇, ΔW⟩² of every image and each of `changes` to the change's sum.
  fileprivate func addSquaredSlopes(
    along changes: [Tensor], input: Tensor, outputGradient: Tensor, to sums: inout [Double]
  ) {
    let gradients = (0..<input.rowCount).map { image in
      let row = image..<image + 1
      return weightGradient(input: input[rows: row], outputGradient: outputGradient[rows: row])
    }
    var slopes = [Double](repeating: 0, count: changes.count * gradients.count)
    // A channel at a time, so that its gradients stay in the cache while all changes go by.
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
