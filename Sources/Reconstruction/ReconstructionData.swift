internal import Execution
package import Tensors

/// The data of one unit's reconstruction, one row an image.
package struct ReconstructionData: Sendable {
  package let inputs: ActivationCache
  package let targets: ActivationCache
  /// Squared gradients of the network's divergence, mean 1, of the targets' shape; none weighs all alike.
  package let importance: ActivationCache?

  package init(
    inputs: ActivationCache, targets: ActivationCache, importance: ActivationCache? = nil
  ) {
    self.inputs = inputs
    self.targets = targets
    self.importance = importance
  }

  /// Copies of what is in memory.
  package init(inputs: Tensor, targets: Tensor, importance: Tensor? = nil) {
    self.init(
      inputs: ActivationCache(inputs), targets: ActivationCache(targets),
      importance: importance.map(ActivationCache.init))
  }

  package func gathering(rows: some Sequence<Int>) -> ReconstructionBatch {
    let rows = Array(rows)
    return ReconstructionBatch(
      inputs: inputs.gathering(rows: rows), targets: targets.gathering(rows: rows),
      importance: importance?.gathering(rows: rows))
  }

  /// N·H·W of the first `images` targets.
  func positions(images: Int) -> Int {
    images * targets.shape.dimensions.dropFirst(2).reduce(1, *)
  }

  /// The loss of what `outputs` makes of the first `images` inputs.
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

/// Images that are held beside the caches at a time.
package let imagesHeldAtOnce = 32
