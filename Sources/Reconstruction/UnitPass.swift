package import Networks
package import Tensors

/// A unit laid out to go forward over many images.
struct UnitPass<Unit: ReconstructionUnit> {
  /// Images that are held beside the caches at a time.
  static var imagesAtOnce: Int { 32 }

  private let unit: Unit
  private let trainer: BlockTrainer?
  private let workers: Workers

  /// - Parameter inputs: what the unit will see, or some of it.
  init(_ unit: Unit, inputs: Tensor, workers: Workers) {
    self.unit = unit
    self.workers = workers
    trainer = unit.makeTrainer(
      inputShape: Shape(Array(inputs.shape.dimensions.dropFirst())),
      batch: min(Self.imagesAtOnce, inputs.rowCount))
    trainer?.load(unit.layers.map(\.weight), workers: workers)
  }

  /// The unit's output for all of `inputs`, the same bits for every number of workers.
  func callAsFunction(_ inputs: Tensor) -> Tensor {
    if let trainer { return trainer.outputs(inputs, workers: workers) }
    return inputs.mapChunks(of: imagesPerChunk, workers: workers) { [unit] in
      unit.output($0, activations: nil)
    }
  }
}

extension ReconstructionUnit {
  /// The unit's output for all of `inputs`.
  package func outputs(_ inputs: Tensor, workers: Workers) -> Tensor {
    UnitPass(self, inputs: inputs, workers: workers)(inputs)
  }

  /// The unit's output for all of `inputs` through `activations` at its sites.
  package func outputs(
    _ inputs: Tensor, activations: @escaping ActivationMap, workers: Workers
  ) -> Tensor {
    inputs.mapChunks(of: imagesPerChunk, workers: workers) {
      output($0, activations: activations)
    }
  }

  /// Puts the unit's outputs in the place of its inputs: in the very memory where shapes are equal, so that
  /// a cache of all calibration images is never there twice.
  package func advance(_ activations: inout Tensor, workers: Workers) {
    let pass = UnitPass(self, inputs: activations, workers: workers)
    let count = activations.rowCount
    var outputs = TensorRows(expecting: count)
    for first in stride(from: 0, to: count, by: UnitPass<Self>.imagesAtOnce) {
      let rows = first..<min(first + UnitPass<Self>.imagesAtOnce, count)
      let part = activations[rows: rows]
      let output = pass(part)
      if output.shape == part.shape {
        activations.replace(rows: rows, by: output)
      } else {
        outputs.append(output)
      }
    }
    if outputs.count == count { activations = outputs.tensor }
  }
}
