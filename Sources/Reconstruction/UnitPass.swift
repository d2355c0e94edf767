package import Execution
package import Graphs
package import Tensors

/// The forward pass of a unit over many images.
package struct UnitPass {
  private let unit: Graph
  private let trainer: UnitTrainer?
  private let workers: Workers

  /// Creates the pass of `unit`.
  ///
  /// - Parameter inputShape: The shape (C, H, W) of one image's input.
  package init(_ unit: Graph, inputShape: Shape, workers: Workers) {
    self.init(
      unit, in: UnitTrainer(unit, inputShape: inputShape, batch: imagesHeldAtOnce),
      workers: workers)
  }

  /// Creates the pass of `unit` in the buffers of a trainer.
  ///
  /// - Parameter trainer: A trainer built for the same architecture; its weights are replaced.
  init(_ unit: Graph, in trainer: UnitTrainer?, workers: Workers) {
    self.unit = unit
    self.trainer = trainer
    self.workers = workers
    trainer?.load(unit.layers.map(\.weight), workers: workers)
  }

  /// Returns the unit's output for all of `inputs`; the bits do not depend on the number of workers.
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

  /// Returns the output for all of `inputs`.
  ///
  /// - Parameter activations: Changes the activations at each site.
  package func outputs(
    _ inputs: Tensor, activations: @escaping ActivationMap, workers: Workers
  ) -> Tensor {
    inputs.mapChunks(of: imagesPerChunk, workers: workers) {
      self($0, activations: activations)
    }
  }

  /// Replaces the inputs in a cache by the outputs, so that no second cache is needed.
  package func advance(_ activations: ActivationCache, workers: Workers) {
    let pass = UnitPass(self, inputShape: activations.imageShape, workers: workers)
    activations.mapInPlace(by: imagesHeldAtOnce) { pass($0) }
  }

  /// Replaces the content of `outputs` by the outputs for `inputs`.
  func fill(_ outputs: ActivationCache, from inputs: ActivationCache, workers: Workers) {
    let pass = UnitPass(self, inputShape: inputs.imageShape, workers: workers)
    outputs.removeAll()
    for rows in (0..<inputs.rowCount).chunks(of: imagesHeldAtOnce) {
      outputs.append(pass(inputs[rows: rows]))
    }
  }
}
