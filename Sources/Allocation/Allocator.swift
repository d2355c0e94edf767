package import MixQuant
package import Files
package import Quantization
internal import Tensors

/// The methods that choose bit-widths within a budget; each is a pure function of one error table.
package enum Allocator: String, Codable, CaseIterable, Sendable {
  /// The widest width that all layers can have.
  case uniform
  /// The `uniform` plan with layers raised by one candidate in network order, as far as the budget allows.
  case twoWidth = "two-width"
  /// The same as `twoWidth`, but with layers raised from the last to the first.
  case twoWidthReverse = "two-width-reverse"
  /// MixQuant's rule (arXiv 2309.17341) at the smallest multiplier whose plan fits.
  case mixQuant = "mixquant"
  /// The plan with the smallest sum of errors, found exactly.
  case mixQuantWeighted = "mixquant-weighted"
  /// The widest plan, lowered in order of the SQNR of the network's output (AIMET's AMP, arXiv 2302.05397).
  case greedy
  /// The narrowest plan, raised at random until no raise fits; the baseline for comparisons.
  case random

  /// The error tables that allocators use.
  package enum Table: String, Codable, Sendable {
    /// `ErrorQuantity.roundoff`; allocators that need no errors use only its layers.
    case roundoff
    /// `ErrorQuantity.divergence`, which needs images.
    case divergence
    /// `ErrorQuantity.outputNoise`, which needs images.
    case outputNoise

    package var needsImages: Bool { self != .roundoff }
  }

  /// The table that `allocate` needs.
  package var table: Table {
    switch self {
    case .uniform, .twoWidth, .twoWidthReverse, .mixQuant, .random: .roundoff
    case .mixQuantWeighted: .divergence
    case .greedy: .outputNoise
    }
  }

  /// True if the allocator can plan activations; the paper's rule is for weights only.
  package var plansActivations: Bool { self != .mixQuant }

  /// Returns the allocator's plan for `task`.
  ///
  /// Equal arguments give equal plans, and every plan is within the budget. Activations must be
  /// absent unless the allocator plans them.
  ///
  /// - Parameter seed: The seed of `random`; the other allocators ignore it.
  /// - Throws: `badData` if an error is not a number.
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
