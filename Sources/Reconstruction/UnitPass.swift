package import Execution
package import Graphs
package import Tensors

/// A unit laid out to go forward over many images.
package struct UnitPass {
  private let unit: Graph
  private let trainer: UnitTrainer?
  private let workers: Workers

  /// - Parameter inputShape: The shape (C, H, W) of one image's input.
  package init(_ unit: Graph, inputShape: Shape, workers: Workers) {
    self.init(
      unit, in: UnitTrainer(unit, inputShape: inputShape, batch: imagesHeldAtOnce),
      workers: workers)
  }

  /// - Parameter trainer: A trainer built for the same unit; its weights are replaced.
  init(_ unit: Graph, in trainer: UnitTrainer?, workers: Workers) {
    self.unit = unit
    self.trainer = trainer
    self.workers = workers
    trainer?.load(unit.layers.map(\.weight), workers: workers)
  }

  /// Returns the unit's output for all of `inputs`, the same bits for every number of workers.
  package func callAsFunction(_ inputs: Tensor) -> Tensor {
    if let trainer { return trainer.outputs(inputs, workers: workers) }
    return inputs.mapChunks(of: imagesPerChunk, workers: workers) { [unit] in unit($0) }
  }
}

extension Graph {
  /// Returns the output for all of `inputs`.
  package func outputs(_ inputs: Tensor, workers: Workers) -> Tensor {
    UnitPass(self, inputShape: inputs.imageShape, workers: workers)(inputs)
  }

  /// Returns the output for all of `inputs`, through `activations` at its sites.
  package func outputs(
    _ inputs: Tensor, activations: @escaping ActivationMap, workers: Workers
  ) -> Tensor {
    inputs.mapChunks(of: imagesPerChunk, workers: workers) {
      self($0, activations: activations)
    }
  }

  /// Puts the outputs in the place of the inputs, so that a cache of all calibration images is never in
  /// memory twice.
  package func advance(_ activations: ActivationCache, workers: Workers) {
    let pass = UnitPass(self, inputShape: activations.imageShape, workers: workers)
    activations.mapInPlace(by: imagesHeldAtOnce) { pass($0) }
  }

  /// Puts the outputs for `inputs` in the place of what `outputs` has.
  func fill(_ outputs: ActivationCache, from inputs: ActivationCache, workers: Workers) {
    let pass = UnitPass(self, inputShape: inputs.imageShape, workers: workers)
    outputs.removeAll()
    for rows in (0..<inputs.rowCount).chunks(of: imagesHeldAtOnce) {
      outputs.append(pass(inputs[rows: rows]))
    }
  }
}
