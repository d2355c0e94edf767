package import Execution
package import Networks
package import Tensors

/// A unit laid out to go forward over many images.
package struct UnitPass<Unit: ReconstructionUnit> {
  private let unit: Unit
  private let trainer: BlockTrainer?
  private let workers: Workers

  /// - Parameter inputShape: of an image, (C, H, W).
  package init(_ unit: Unit, inputShape: Shape, workers: Workers) {
    self.init(
      unit, in: unit.makeTrainer(inputShape: inputShape, batch: imagesHeldAtOnce),
      workers: workers)
  }

  /// - Parameter trainer: was made for a unit that differs from this one in weights alone, and gets its.
  init(_ unit: Unit, in trainer: BlockTrainer?, workers: Workers) {
    self.unit = unit
    self.trainer = trainer
    self.workers = workers
    trainer?.load(unit.layers.map(\.weight), workers: workers)
  }

  /// The unit's output for all of `inputs`, the same bits for every number of workers.
  package func callAsFunction(_ inputs: Tensor) -> Tensor {
    if let trainer { return trainer.outputs(inputs, workers: workers) }
    return inputs.mapChunks(of: imagesPerChunk, workers: workers) { [unit] in
      unit.output($0, activations: nil)
    }
  }
}

extension ReconstructionUnit {
  /// The unit's output for all of `inputs`.
  package func outputs(_ inputs: Tensor, workers: Workers) -> Tensor {
    UnitPass(self, inputShape: inputs.imageShape, workers: workers)(inputs)
  }

  /// The unit's output for all of `inputs` through `activations` at its sites.
  package func outputs(
    _ inputs: Tensor, activations: @escaping ActivationMap, workers: Workers
  ) -> Tensor {
    inputs.mapChunks(of: imagesPerChunk, workers: workers) {
      output($0, activations: activations)
    }
  }

  /// Puts the unit's outputs in the place of its inputs, so that a cache of all calibration images is never
  /// there twice.
  package func advance(_ activations: ActivationCache, workers: Workers) {
    let pass = UnitPass(self, inputShape: activations.imageShape, workers: workers)
    activations.mapInPlace(by: imagesHeldAtOnce) { pass($0) }
  }

  /// Puts the unit's outputs for `inputs` in the place of what `outputs` has.
  func fill(_ outputs: ActivationCache, from inputs: ActivationCache, workers: Workers) {
    let pass = UnitPass(self, inputShape: inputs.imageShape, workers: workers)
    outputs.removeAll()
    for rows in (0..<inputs.rowCount).chunks(of: imagesHeldAtOnce) {
      outputs.append(pass(inputs[rows: rows]))
    }
  }
}
