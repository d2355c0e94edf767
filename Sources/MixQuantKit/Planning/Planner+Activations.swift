package import Allocation
package import Files
package import MixQuant
package import Quantization

/// Plans of weights and activations together.
extension Planner {
  /// The plan of `allocator` for weights within `budget`, and for activations where they are planned:
  /// at most `average` bits wide on average, or within the same budget where no average is given.
  ///
  /// The tables must have been measured. Throws `usage` where not even the narrowest plan fits, and for
  /// an allocator that says nothing of activations. `seed` matters to `random` alone.
  package func callAsFunction(
    _ allocator: Allocator, budget: BitBudget, activationBits average: Double?, seed: UInt64 = 0
  ) throws(InputError) -> BitPlan {
    guard let activations else { return try self(allocator, budget: budget, seed: seed) }
    guard allocator.plansActivations else { throw Self.weightsOnly(allocator) }
    guard let average else {
      return try allocator.allocate(
        try task(budget, activations: activations),
        errors: errors(of: allocator.table).appending(activationErrors(of: allocator.table)),
        seed: seed)
    }
    var plan = try self(allocator, budget: budget, seed: seed)
    try planActivations(of: &plan, by: allocator, averageBits: average, seed: seed)
    return plan
  }

  /// Adds to a plan of weights the widths of activations by `allocator`, which has a say on them, at most
  /// `averageBits` wide on average.
  ///
  /// The allocator's table must have been measured. Throws `usage` where not even the narrowest fit.
  package func planActivations(
    of plan: inout BitPlan, by allocator: Allocator, averageBits: Double,
    seed: UInt64 = 0
  ) throws(InputError) {
    let task = try AllocationTask(
      model: errors.model, layers: [], activations: activations, budget: .averageBits(averageBits))
    let planned = try allocator.allocate(
      task, errors: activationErrors(of: allocator.table), seed: seed)
    plan.activations = planned.activations
    plan.rule += "; activations: \(planned.rule)"
  }

  /// A table of activations that was measured.
  package func activationErrors(of table: Allocator.Table) -> ErrorTable {
    guard let errors = activationTables[table] else {
      preconditionFailure("no table of activations' \(table.rawValue) was measured")
    }
    return errors
  }

  /// Mean bits an activation over the sites that are not pinned.
  package func averageFreeActivationBits(_ plan: BitPlan) -> Double {
    plan.averageActivationBits { activations?.pinned[$0] == nil }
  }

  private static func weightsOnly(_ allocator: Allocator) -> InputError {
    InputError(
      .usage, "cannot plan bit-widths of activations", at: "allocator \(allocator.rawValue)",
      because: "the paper's rule compares weights with themselves and says nothing of activations",
      try:
        "choose another allocator, such as mixquant-weighted, or one width with --activation-bits")
  }
}
