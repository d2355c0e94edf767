internal import Execution
internal import Graphs
package import Quantization

/// A method that turns weights into codes.
///
/// A new method needs a new case here and an entry in each property and function below.
package enum RoundingMethod: String, Codable, Sendable, CaseIterable {
  /// Rounds every weight to the nearest code.
  case nearest
  /// Rounds layer by layer in closed form (GPTQ; Frantar et al., ICLR 2023).
  case gptq
  /// Learns the rounding unit by unit (BRECQ; Li et al., ICLR 2021).
  case brecq

  /// A short description for users.
  package var summary: String {
    switch self {
    case .nearest: "rounds every weight to the nearest code"
    case .gptq: "rounds layer by layer in closed form"
    case .brecq: "learns the rounding block by block"
    }
  }

  /// True if the method uses calibration images.
  package var needsImages: Bool { self != .nearest }

  /// True if the method learns weights and activations step by step.
  package var learns: Bool { self == .brecq }

  /// The closed-form rounding that is most similar to the method; sensitivities are estimated with it.
  package var closedForm: LayerRounding { self == .nearest ? .nearest : .gptq }

  /// Returns the recipe that the method runs if a user chooses `recipe`; only methods that learn have steps.
  package func settled(_ recipe: ReconstructionRecipe) -> ReconstructionRecipe {
    switch self {
    case .nearest: .nearest
    case .gptq: .gptq
    case .brecq: recipe
    }
  }

  /// Returns the network of `job` with rounded weights, and one report per reconstructed unit.
  ///
  /// - Parameters:
  ///   - start: The network with every weight rounded to nearest.
  ///   - inputs: Returns the outputs of the first unit; called if the method needs images.
  ///   - resuming: The units that an earlier run of the same job finished.
  ///   - save: Saves the state after every unit.
  /// - Throws: The errors of `inputs`, `save` and `progress`.
  package func round(
    _ job: NetworkReconstruction, from start: QuantizedNetwork, inputs: () throws -> UnitInputs,
    resuming: ReconstructionState = .init(), save: (ReconstructionState) throws -> Void,
    progress: (ReconstructionEvent) throws -> Void
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    guard needsImages else { return (start, []) }
    return try job.weights(
      from: start, inputs: try inputs(), resuming: resuming, save: save, progress: progress)
  }
}
