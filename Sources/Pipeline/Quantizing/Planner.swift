package import MixQuant
import Networks
package import Quantization
package import Tensors

/// What MixQuant measures its errors on and with.
package struct ErrorMeasure: Codable, Equatable, Sendable {
  /// The weights measured.
  package enum Weights: String, Codable, Sendable, CaseIterable {
    /// As the checkpoint has them: the paper's.
    case unfolded
    /// With batch normalisation folded in: the ones that are quantized.
    case folded
  }

  /// The quantizer measured.
  package enum Rounding: String, Codable, Sendable, CaseIterable {
    /// Per tensor, asymmetric, min-max.
    case paper
    /// The one that will be used.
    case same
  }

  package var metric: ErrorMetric
  package var weights: Weights
  package var rounding: Rounding

  package init(
    metric: ErrorMetric = .relative, weights: Weights = .unfolded, rounding: Rounding = .paper
  ) {
    self.metric = metric
    self.weights = weights
    self.rounding = rounding
  }
}

extension BitWidthAssignment {
  /// The rules that this plan keeps to, whoever made it: its own widths of the first and last layer.
  package var rules: BitRules {
    precondition(!bitWidths.isEmpty, "a plan without layers")
    return BitRules(stemBits: bitWidths[0], headBits: bitWidths[bitWidths.count - 1])
  }
}

/// How MixQuant is told how many bits to use.
package enum PlanGoal: Equatable, Sendable {
  case multiplier(Double)
  case budget(BitBudget)
}

/// MixQuant on one model: the error table is measured once, then plans are read off it.
package struct Planner: Sendable {
  package let errors: RoundoffErrors
  package let rules: BitRules
  package let quantizer: WeightQuantizer
  private let pinned: [String: BitWidth]

  /// Measures the errors of `model`'s layers; no images are needed.
  package init(
    _ model: CheckpointModel, measure: ErrorMeasure = .init(), rules: BitRules = .init(),
    quantizer: WeightQuantizer = .brecq, workers: Workers
  ) {
    self.rules = rules
    self.quantizer = quantizer
    pinned = rules.pinned(in: model.network)
    errors = RoundoffErrors(
      network: measure.weights == .unfolded ? model.unfolded : model.network,
      metric: measure.metric,
      quantizer: measure.rounding == .paper ? .mixQuantPaper : quantizer, workers: workers)
  }

  /// The plan for `goal`, and how it was filled up where the goal is a budget; throws `usage` where not
  /// even the narrowest plan fits.
  package func callAsFunction(
    _ goal: PlanGoal
  ) throws(InputError) -> (plan: BitWidthAssignment, filled: FilledPlan?) {
    switch goal {
    case .multiplier(let multiplier):
      return (
        BitWidthSearch.assign(errors, multiplier: multiplier, pinned: pinned), nil
      )
    case .budget(let budget):
      let filled = try BitWidthSearch.assign(
        errors, budget: budget, pinned: pinned, granularity: quantizer.granularity)
      return (filled.assignment, filled)
    }
  }

  /// Mean bits a weight over the layers that the rules leave free.
  package func averageFreeBits(_ plan: BitWidthAssignment) -> Double {
    plan.averageBits { pinned[$0.name] == nil }
  }
}
