package import Execution
package import Graphs
package import Quantization

/// A way in which weights become codes.
///
/// A new method is a case here: what it needs, what it costs, and the function that rounds.
package enum RoundingMethod: String, Codable, Sendable, CaseIterable {
  /// Every weight to its nearest code.
  case nearest
  /// Layer by layer in closed form (Frantar et al., ICLR 2023).
  case gptq
  /// Learned unit by unit (Li et al., ICLR 2021).
  case brecq

  /// A few words for people who choose one.
  package var summary: String {
    switch self {
    case .nearest: "every weight to its nearest code"
    case .gptq: "in closed form, layer by layer"
    case .brecq: "learned, block by block"
    }
  }

  /// Whether it looks at calibration images.
  package var needsImages: Bool { self != .nearest }

  /// Whether it takes steps of learning, of weights and of activations.
  package var learns: Bool { self == .brecq }

  /// The closed-form rounding that comes nearest, by which sensitivities are estimated.
  package var closedForm: LayerRounding { self == .nearest ? .nearest : .gptq }

  /// Returns the recipe that runs when a user asks for `recipe`: methods that do not learn have no steps.
  package func settled(_ recipe: ReconstructionRecipe) -> ReconstructionRecipe {
    switch self {
    case .nearest: .nearest
    case .gptq: .gptq
    case .brecq: recipe
    }
  }

  /// Rounds the weights of `job.network` and returns them, with a report per reconstructed unit.
  ///
  /// - Parameters:
  ///   - start: The network with every weight rounded to nearest.
  ///   - inputs: Returns the activations behind the first unit; called if the method needs images.
  ///   - resuming: What an earlier run of the same job had finished.
  ///   - save: Keeps the state after every unit.
  /// Throws what `inputs`, `save` and `progress` throw.
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
