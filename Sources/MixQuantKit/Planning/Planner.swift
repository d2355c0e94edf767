package import Allocation
package import Execution
package import Files
import Graphs
package import MixQuant
package import Quantization
package import Reconstruction
import Tensors

extension BitPlan {
  /// The rules that this plan keeps to, whoever made it: its own widths of the first and last layer.
  package var rules: BitRules {
    precondition(!bitWidths.isEmpty, "a plan without layers")
    return BitRules(firstBits: bitWidths[0], lastBits: bitWidths[bitWidths.count - 1])
  }
}

/// How MixQuant is told how many bits to use.
package enum PlanGoal: Equatable, Sendable {
  case multiplier(Double)
  case budget(BitBudget)
}

/// Bit-widths for one model: error tables are measured once, then plans are read off them.
///
/// The table of roundoff errors is there from the start; those that need images come with
/// `measuring(_:on:workers:progress:)`.
package struct Planner: Sendable {
  package let rules: BitRules
  package let quantizer: WeightQuantizer
  /// The widths that layers may have unless they are pinned.
  package let candidates: [BitWidth]
  /// The layers whose width is fixed, by name.
  package let pinned: [String: BitWidth]
  /// The widths that activations may have; none where they are not planned.
  package let activations: ActivationChoices?
  /// What the table of divergences foresees of the rounding that will follow.
  package private(set) var rounding: LayerRounding
  package let model: CheckpointModel
  private(set) var tables: [Allocator.Table: ErrorTable]
  private(set) var activationTables: [Allocator.Table: ErrorTable] = [:]
  private(set) var seconds: [Allocator.Table: Double]

  /// Measures the roundoff errors of `model`'s layers; no images are needed.
  /// - Parameters:
  ///   - pinned: layers whose width is fixed; what `rules` fix if not given.
  ///   - method: what will round the weights.
  package init(
    _ model: CheckpointModel, measure: ErrorMeasure = .init(), rules: BitRules = .init(),
    pinned: [String: BitWidth]? = nil, candidates: [BitWidth] = BitWidth.all,
    activations: ActivationChoices? = nil, quantizer: WeightQuantizer = .brecq,
    method: RoundingMethod = .brecq, workers: Workers
  ) {
    self.model = model
    self.rules = rules
    self.quantizer = quantizer
    self.candidates = candidates
    self.activations = activations
    rounding = method.closedForm
    self.pinned = pinned ?? rules.pinned(in: model.network)
    let (roundoff, seconds) = timed {
      ErrorTable.roundoff(
        of: measure.weights == .unfolded ? model.unfolded : model.network,
        metric: measure.metric,
        quantizer: measure.rounding == .paper ? .mixQuantPaper : quantizer, workers: workers)
    }
    tables = [.roundoff: roundoff]
    self.seconds = [.roundoff: seconds]
    if let activations {
      activationTables[.roundoff] = .unmeasured(
        model: roundoff.model, sites: activations.sites)
    }
  }

  /// The roundoff errors.
  package var errors: ErrorTable { errors(of: .roundoff) }

  /// A table that was measured.
  package func errors(of table: Allocator.Table) -> ErrorTable {
    guard let errors = tables[table] else {
      preconditionFailure("no table of \(table.rawValue) was measured")
    }
    return errors
  }

  /// What it took to measure a table.
  package func secondsToMeasure(_ table: Allocator.Table) -> Double { seconds[table] ?? 0 }

  /// MixQuant's plan for `goal`, and how it was filled up where the goal is a budget; throws `usage`
  /// where not even the narrowest plan fits.
  package func callAsFunction(
    _ goal: PlanGoal
  ) throws(InputError) -> (plan: BitPlan, filled: FilledPlan?) {
    switch goal {
    case .multiplier(let multiplier):
      let plan = BitWidthSearch.assign(
        errors, multiplier: multiplier, pinned: pinned, candidates: candidates)
      return (plan, nil)
    case .budget(let budget):
      let filled = BitWidthSearch.assign(errors, task: try task(budget))
      return (filled.assignment, filled)
    }
  }

  /// The plan of `allocator` within `budget`; its table must have been measured.
  ///
  /// Throws `usage` where not even the narrowest plan fits. `seed` matters to `random` alone.
  package func callAsFunction(
    _ allocator: Allocator, budget: BitBudget, seed: UInt64 = 0
  ) throws(InputError) -> BitPlan {
    try allocator.allocate(try task(budget), errors: errors(of: allocator.table), seed: seed)
  }

  func task(
    _ budget: BitBudget, activations: ActivationChoices? = nil
  ) throws(InputError) -> AllocationTask {
    try AllocationTask(
      model: errors.model, layers: errors.layers, activations: activations, budget: budget,
      pinned: pinned,
      candidates: candidates, granularity: quantizer.granularity)
  }

  /// Mean bits a weight over the layers that are not pinned.
  package func averageFreeBits(_ plan: BitPlan) -> Double {
    plan.averageBits { pinned[$0.name] == nil }
  }

  /// The planner for another rounding; what it measured for its own is to be measured again.
  package func estimating(_ rounding: LayerRounding) -> Planner {
    guard rounding != self.rounding else { return self }
    var planner = self
    planner.rounding = rounding
    planner.tables[.divergence] = nil
    return planner
  }

  /// The planner with one more table, and that of activations where they are planned.
  func adding(
    _ table: Allocator.Table, _ errors: ErrorTable, activations: ErrorTable?, seconds: Double
  ) -> Planner {
    var planner = self
    planner.tables[table] = errors
    planner.activationTables[table] = activations
    planner.seconds[table] = seconds
    return planner
  }
}
