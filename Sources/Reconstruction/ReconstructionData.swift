internal import Execution
package import Tensors

/// The data of one unit's reconstruction, one row per image.
package struct ReconstructionData: Sendable {
  /// The unit's inputs, (N, C, H, W): quantized in the weight stage, full-precision in the activation stage.
  package let inputs: ActivationCache
  /// The unit's outputs in the full-precision network, (N, C, H, W).
  package let targets: ActivationCache
  /// The weights of the loss, of the targets' shape and with mean 1; nil gives equal weights.
  ///
  /// They are squared gradients of the network's divergence, see `findFisherWeights`.
  package let importance: ActivationCache?

  package init(
    inputs: ActivationCache, targets: ActivationCache, importance: ActivationCache? = nil
  ) {
    self.inputs = inputs
    self.targets = targets
    self.importance = importance
  }

  /// Creates the data from copies of tensors in memory.
  package init(inputs: Tensor, targets: Tensor, importance: Tensor? = nil) {
    self.init(
      inputs: ActivationCache(inputs), targets: ActivationCache(targets),
      importance: importance.map(ActivationCache.init))
  }

  /// Returns the images at `rows`, in that order.
  package func gathering(rows: some Sequence<Int>) -> ReconstructionBatch {
    let rows = Array(rows)
    return ReconstructionBatch(
      inputs: inputs.gathering(rows: rows), targets: targets.gathering(rows: rows),
      importance: importance?.gathering(rows: rows))
  }

  /// Returns N·H·W of the first `images` targets.
  func positions(images: Int) -> Int {
    images * targets.shape.dimensions.dropFirst(2).reduce(1, *)
  }

  /// Returns the loss of the outputs for the first `images` inputs.
  func loss(
    _ loss: ReconstructionLoss, images: Int, of outputs: (Tensor) -> Tensor
  ) -> Double {
    let positions = positions(images: images)
    return (0..<images).chunks(of: imagesHeldAtOnce).reduce(0) { sum, rows in
      let part = gathering(rows: rows)
      return sum
        + loss.measure(
          output: outputs(part.inputs), target: part.targets, importance: part.importance,
          positions: positions
        ).loss
    }
  }
}

/// Some images of `ReconstructionData`.
package struct ReconstructionBatch: Sendable {
  package let inputs: Tensor
  package let targets: Tensor
  package let importance: Tensor?
}

/// The number of images that are in memory at a time in addition to the caches.
package let imagesHeldAtOnce = 32
