package import Allocation
package import Files
package import MixQuant
package import Quantization

// Plans of weights and activations together.
extension Planner {
  /// Returns the plan of `allocator` for weights, and for activations if they are planned.
  ///
  /// The allocator's tables must be measured.
  ///
  /// - Parameters:
  ///   - budget: The budget of the weights.
  ///   - average: The largest mean width of activations; nil lets them share `budget`.
  ///   - seed: The seed of the allocator `random`; others ignore it.
  /// - Throws: `usage` if not even the narrowest plan fits, or if the allocator does not plan
  ///   activations but they are planned.
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

  /// Adds widths of activations to a plan of weights.
  ///
  /// The allocator must plan activations, and its table must be measured.
  ///
  /// - Parameters:
  ///   - plan: The plan of weights.
  ///   - averageBits: The largest mean width of activations.
  ///   - seed: The seed of the allocator `random`; others ignore it.
  /// - Throws: `usage` if not even the narrowest widths fit.
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

  /// Returns the errors of activations in a table that was measured.
  package func activationErrors(of table: Allocator.Table) -> ErrorTable {
    guard let errors = activationTables[table] else {
      preconditionFailure("no table of activations' \(table.rawValue) was measured")
    }
    return errors
  }

  /// Returns the mean number of bits per activation over the sites that are not pinned.
  package func averageFreeActivationBits(_ plan: BitPlan) -> Double {
    plan.averageActivationBits { activations?.pinned[$0] == nil }
  }

  private static func weightsOnly(_ allocator: Allocator) -> InputError {
    InputError(
      .impossiblePlan, "cannot plan bit-widths of activations",
      at: "allocator \(allocator.rawValue)",
      because: "the paper's rule is only for weights",
      try: "choose another allocator, such as mixquant-weighted, or one width for all activations "
        + "with --activation-bits")
  }
}
