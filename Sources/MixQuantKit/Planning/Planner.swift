package import Allocation
package import Execution
package import Files
import Graphs
package import MixQuant
package import Quantization
package import Reconstruction
import Tensors

extension BitPlan {
  /// The rules with this plan's widths of the first and last layer.
  package var rules: BitRules {
    precondition(!bitWidths.isEmpty, "a plan without layers")
    return BitRules(firstBits: bitWidths[0], lastBits: bitWidths[bitWidths.count - 1])
  }
}

/// The limit on a plan of MixQuant.
package enum PlanGoal: Equatable, Sendable {
  /// The largest error of each layer, as a multiple of its error at 8 bits.
  case multiplier(Double)
  /// The largest size or cost of the plan.
  case budget(BitBudget)
}

/// A planner of bit-widths for one model, which makes plans from tables of errors.
///
/// It measures each table once. The table of roundoff errors is measured when the planner is
/// created. `measuring(_:on:context:progress:)` adds the tables that need images.
package struct Planner: Sendable {
  package let rules: BitRules
  package let quantizer: WeightQuantizer
  /// The possible widths of layers that are not pinned.
  package let candidates: [BitWidth]
  /// The fixed widths of layers, by name.
  package let pinned: [String: BitWidth]
  /// The possible widths of activations; nil if they are not planned.
  package let activations: ActivationChoices?
  /// The rounding with which the table of divergences is estimated.
  package private(set) var rounding: LayerRounding
  package let model: CheckpointModel
  private(set) var tables: [Allocator.Table: ErrorTable]
  private(set) var activationTables: [Allocator.Table: ErrorTable] = [:]
  private(set) var seconds: [Allocator.Table: Double]

  /// Creates a planner and measures the roundoff errors of the layers of `model`.
  ///
  /// - Parameters:
  ///   - pinned: The fixed widths of layers; if nil, those that `rules` fix.
  ///   - method: The rounding method of the quantization.
  package init(
    _ model: CheckpointModel, measure: ErrorMeasure = .init(), rules: BitRules = .init(),
    pinned: [String: BitWidth]? = nil, candidates: [BitWidth] = BitWidth.all,
    activations: ActivationChoices? = nil, quantizer: WeightQuantizer = .brecq,
    method: RoundingMethod = .brecq, context: Context
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
        quantizer: measure.rounding == .paper ? .mixQuantPaper : quantizer, context: context)
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

  /// Returns the errors in a table that was measured.
  package func errors(of table: Allocator.Table) -> ErrorTable {
    guard let errors = tables[table] else {
      preconditionFailure("no table of \(table.rawValue) was measured")
    }
    return errors
  }

  /// Returns the time to measure a table, in seconds.
  package func secondsToMeasure(_ table: Allocator.Table) -> Double { seconds[table] ?? 0 }

  /// Returns MixQuant's plan for `goal`, and the details of filling it if the goal is a budget.
  ///
  /// - Throws: `usage` if not even the narrowest plan fits.
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

  /// Returns the plan of `allocator` within `budget`; the allocator's table must be measured.
  ///
  /// - Parameter seed: The seed of the allocator `random`; others ignore it.
  /// - Throws: `usage` if not even the narrowest plan fits.
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

  /// Returns the mean number of bits per weight over the layers that are not pinned.
  package func averageFreeBits(_ plan: BitPlan) -> Double {
    plan.averageBits { pinned[$0.name] == nil }
  }

  /// Returns the planner for another rounding, without the table that depends on the rounding.
  package func estimating(_ rounding: LayerRounding) -> Planner {
    guard rounding != self.rounding else { return self }
    var planner = self
    planner.rounding = rounding
    planner.tables[.divergence] = nil
    return planner
  }

  /// Returns the planner with one more table, and with its table of activations if given.
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
