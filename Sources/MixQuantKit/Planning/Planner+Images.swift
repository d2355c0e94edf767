package import Allocation
package import Execution
import Files
import Foundation
import Graphs
import MixQuant
import Quantization
import Tensors

extension Allocator.Table {
  /// The largest number of calibration images, counted from the first, that measure the table.
  package var imageCount: Int {
    switch self {
    case .roundoff: 0
    // The network runs once per layer and width, and few images suffice to order the layers.
    case .outputNoise: 64
    case .divergence: 256
    }
  }
}

extension Planner {
  /// Returns the planner after measuring those of `tables` that it lacks.
  ///
  /// They are measured on the first of `images` (see `imageCount`) with the planner's quantizer.
  ///
  /// - Parameter progress: Called with a table and the fraction of it that is done.
  /// - Throws: An error if an image cannot be read, and `badData` if an error is not finite.
  package func measuring(
    _ tables: Set<Allocator.Table>, on images: CalibrationSet, context: Context,
    progress: (Allocator.Table, Double) -> Void = { _, _ in }
  ) throws -> Planner {
    var planner = self
    for table in [Allocator.Table.outputNoise, .divergence]
    where tables.contains(table) && self.tables[table] == nil {
      let inputs = try images.tensor(first: table.imageCount, context: context).images
      let ((errors, activationErrors), seconds) = timed {
        (
          measure(table, inputs: inputs, context: context) { progress(table, $0) },
          activations.map { choices in
            measureActivations(table, choices, inputs: inputs, context: context)
          }
        )
      }
      try requireFinite(errors)
      planner = planner.adding(
        table, errors, activations: activationErrors, seconds: seconds)
    }
    return planner
  }

  /// Throws `badData` if an error of a layer that is not pinned is not finite.
  private func requireFinite(_ errors: ErrorTable) throws(InputError) {
    for (row, layer) in errors.layers.enumerated() where pinned[layer.name] == nil {
      guard candidates.allSatisfy({ errors[row, $0].isFinite }) else {
        throw InputError(
          .numericFault, "cannot measure errors on images", at: "\(model.url.path): \(layer.name)",
          because: "the network's outputs with rounded weights are not finite, or all are zero",
          try: "check the checkpoint with `mixq evaluate`")
      }
    }
  }

  private func measure(
    _ table: Allocator.Table, inputs: Tensor, context: Context, progress: (Double) -> Void
  ) -> ErrorTable {
    switch table {
    case .roundoff: return errors
    case .outputNoise:
      return .outputNoise(
        of: model.network, images: inputs, quantizer: quantizer, pinned: pinned,
        candidates: candidates, context: context, progress: progress)
    case .divergence:
      var done = 0.0
      var recipe = SensitivityRecipe()
      recipe.rounding = rounding
      let values = weightedErrors(
        of: model.network, images: inputs, quantizer: quantizer, recipe: recipe, context: context
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
    _ table: Allocator.Table, _ choices: ActivationChoices, inputs: Tensor, context: Context
  ) -> ErrorTable {
    switch table {
    case .roundoff: .unmeasured(model: errors.model, sites: choices.sites)
    case .outputNoise:
      .activationNoise(of: model.network, choices: choices, images: inputs, context: context)
    case .divergence:
      .activationDivergence(of: model.network, choices: choices, images: inputs, context: context)
    }
  }
}
