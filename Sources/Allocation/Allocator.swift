package import MixQuant
package import Files
package import Quantization
internal import Tensors

/// A way to choose bit-widths within a budget: a pure function of one error table.
package enum Allocator: String, Codable, CaseIterable, Sendable {
  /// The widest width that all layers can have.
  case uniform
  /// `uniform`, then raised by one candidate in network order.
  case twoWidth = "two-width"
  /// The same from the last layer to the first.
  case twoWidthReverse = "two-width-reverse"
  /// MixQuant's rule (arXiv 2309.17341) at the multiplier that the budget holds.
  case mixQuant = "mixquant"
  /// The least sum of errors, exactly.
  case mixQuantWeighted = "mixquant-weighted"
  /// Lower in order of network-output SQNR (AIMET's AMP, arXiv 2302.05397).
  case greedy
  /// Raised at random until nothing fits: the null.
  case random

  /// The table that an allocator decides by.
  package enum Table: String, Codable, Sendable {
    /// `ErrorQuantity.roundoff`; those that need no errors only take its layers.
    case roundoff
    /// `ErrorQuantity.divergence`, which needs images.
    case divergence
    /// `ErrorQuantity.outputNoise`, which needs images.
    case outputNoise

    package var needsImages: Bool { self != .roundoff }
  }

  /// The table that `allocate` expects.
  package var table: Table {
    switch self {
    case .uniform, .twoWidth, .twoWidthReverse, .mixQuant, .random: .roundoff
    case .mixQuantWeighted: .divergence
    case .greedy: .outputNoise
    }
  }

  /// Whether the allocator has a say on activations; the paper's rule is for weights.
  package var plansActivations: Bool { self != .mixQuant }

  /// The allocator's plan for `task`, of activations only if it plans them; equal arguments give equal plans, and every plan is within budget.
  ///
  /// Throws `badData` for errors that are not numbers. `seed` matters to `random` alone.
  package func allocate(
    _ task: AllocationTask, errors: ErrorTable, seed: UInt64 = 0
  ) throws(InputError) -> BitPlan {
    precondition(
      errors.layers.map(\.name) == task.layers.map(\.name) && errors.sites == task.sites,
      "the errors are of other rows")
    return switch self {
    case .uniform: task.uniform
    case .twoWidth: task.twoWidth()
    case .twoWidthReverse: task.twoWidth(isReversed: true)
    case .mixQuant: BitWidthSearch.assign(errors, task: task).assignment
    case .mixQuantWeighted: try task.leastSum(of: errors)
    case .greedy: task.greedy(errors)
    case .random: task.randomFill(seed: seed)
    }
  }
}
