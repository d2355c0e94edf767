package import Allocation
package import Execution
import Files
import Foundation
import Graphs
import MixQuant
import Quantization
import Tensors

extension Allocator.Table {
  /// The first calibration images that the table is measured on, at most.
  package var imageCount: Int {
    switch self {
    case .roundoff: 0
    // A network run for every layer and width is dear, and an order of layers asks for little.
    case .outputNoise: 64
    case .divergence: 256
    }
  }
}

extension Planner {
  /// The planner with `tables` measured, those that need images on the first of `images` (see
  /// `imageCount`) and with the quantizer that will be used; a table that it has is kept.
  ///
  /// Throws where images cannot be read. `progress` gets a table and the share of it that is done.
  package func measuring(
    _ tables: Set<Allocator.Table>, on images: CalibrationSet, workers: Workers,
    progress: (Allocator.Table, Double) -> Void = { _, _ in }
  ) throws -> Planner {
    var planner = self
    for table in [Allocator.Table.outputNoise, .divergence]
    where tables.contains(table) && self.tables[table] == nil {
      let inputs = try images.tensor(first: table.imageCount, workers: workers).images
      let ((errors, activationErrors), seconds) = timed {
        (
          measure(table, inputs: inputs, workers: workers) { progress(table, $0) },
          activations.map { choices in
            measureActivations(table, choices, inputs: inputs, workers: workers)
          }
        )
      }
      try requireFinite(errors)
      planner = planner.adding(
        table, errors, activations: activationErrors, seconds: seconds)
    }
    return planner
  }

  /// Throws where what was asked for could not be measured, since the network's answers are not finite.
  private func requireFinite(_ errors: ErrorTable) throws(InputError) {
    for (row, layer) in errors.layers.enumerated() where pinned[layer.name] == nil {
      guard candidates.allSatisfy({ errors[row, $0].isFinite }) else {
        throw InputError(
          .badData, "cannot measure errors on images", at: "\(model.url.path): \(layer.name)",
          because: "the network's answers are not finite, or all zero, once it is rounded",
          try: "look at the checkpoint with `mixq evaluate`")
      }
    }
  }

  private func measure(
    _ table: Allocator.Table, inputs: Tensor, workers: Workers, progress: (Double) -> Void
  ) -> ErrorTable {
    switch table {
    case .roundoff: return errors
    case .outputNoise:
      return .outputNoise(
        of: model.network, images: inputs, quantizer: quantizer, pinned: pinned,
        candidates: candidates, workers: workers, progress: progress)
    case .divergence:
      var done = 0.0
      var recipe = SensitivityRecipe()
      recipe.rounding = rounding
      let values = weightedErrors(
        of: model.network, images: inputs, quantizer: quantizer, recipe: recipe, workers: workers
      ) { _ in
        done += 1
        progress(done / Double(errors.layers.count))
      }
      return ErrorTable(
        model: errors.model, quantity: .divergence, layers: errors.layers,
        values: rounding == .nearest
          ? values : ReconstructionOutlook().remaining(values, of: model.network))
    }
  }

  private func measureActivations(
    _ table: Allocator.Table, _ choices: ActivationChoices, inputs: Tensor, workers: Workers
  ) -> ErrorTable {
    switch table {
    case .roundoff: .unmeasured(model: errors.model, sites: choices.sites)
    case .outputNoise:
      .activationNoise(of: model.network, choices: choices, images: inputs, workers: workers)
    case .divergence:
      .activationDivergence(of: model.network, choices: choices, images: inputs, workers: workers)
    }
  }
}
