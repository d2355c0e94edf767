package import Execution
package import Graphs
package import Tensors

/// The forward pass of a unit over many images.
package struct UnitPass {
  private let unit: Graph
  private let trainer: UnitTrainer?
  private let context: Context

  /// Creates the pass of `unit`.
  ///
  /// - Parameter inputShape: The shape (C, H, W) of one image's input.
  package init(_ unit: Graph, inputShape: Shape, context: Context) {
    self.init(
      unit, in: UnitTrainer(unit, inputShape: inputShape, batch: imagesHeldAtOnce),
      context: context)
  }

  /// Creates the pass of `unit` in the buffers of a trainer.
  ///
  /// - Parameter trainer: A trainer built for the same architecture; its weights are replaced.
  init(_ unit: Graph, in trainer: UnitTrainer?, context: Context) {
    self.unit = unit
    self.trainer = trainer
    self.context = context
    trainer?.load(unit.layers.map(\.weight), context: context)
  }

  /// Returns the unit's output for all of `inputs`; the bits do not depend on the number of threads.
  ///
  /// Ranks share the images if there is no trainer.
  package func callAsFunction(_ inputs: Tensor) -> Tensor {
    if let trainer { return trainer.outputs(inputs, context: context) }
    return inputs.mapChunksOverRanks(of: imagesPerChunk, context: context) { [unit] in unit($0) }
  }
}

extension Graph {
  /// Returns the output for all of `inputs`.
  package func outputs(_ inputs: Tensor, context: Context) -> Tensor {
    UnitPass(self, inputShape: inputs.imageShape, context: context)(inputs)
  }

  /// Returns the output for all of `inputs`; ranks share the images.
  ///
  /// - Parameter activations: Changes the activations at each site.
  package func outputs(
    _ inputs: Tensor, activations: @escaping ActivationMap, context: Context
  ) -> Tensor {
    inputs.mapChunksOverRanks(of: imagesPerChunk, context: context) {
      self($0, activations: activations)
    }
  }

  /// Replaces the inputs in a cache by the outputs, so that no second cache is needed.
  package func advance(_ activations: ActivationCache, context: Context) {
    let pass = UnitPass(self, inputShape: activations.imageShape, context: context)
    activations.mapInPlace(by: imagesHeldAtOnce) { pass($0) }
  }

  /// Replaces the content of `outputs` by the outputs for `inputs`.
  func fill(_ outputs: ActivationCache, from inputs: ActivationCache, context: Context) {
    let pass = UnitPass(self, inputShape: inputs.imageShape, context: context)
    outputs.removeAll()
    for rows in (0..<inputs.rowCount).chunks(of: imagesHeldAtOnce) {
      outputs.append(pass(inputs[rows: rows]))
    }
  }
}
