internal import Allocation
internal import Execution
internal import Files
internal import Quantization

extension Plan {
  /// A method that chooses the widths of layers within a budget and needs no images.
  public enum Allocator: String, Sendable, CaseIterable {
    /// Gives all layers the widest width that fits.
    case uniform
    /// Gives all layers one width, and the first of them the next wider one.
    case twoWidth
    /// Gives all layers one width, and the last of them the next wider one.
    case twoWidthReverse
    /// Bounds each layer's roundoff error (MixQuant; Kloberdanz and Le, arXiv 2309.17341).
    case mixQuant
    /// Raises widths at random; a baseline for comparisons.
    case random
  }

  /// The limit on the size of a plan.
  public enum Budget: Sendable, Equatable {
    /// The mean number of bits per weight, from 2 to 8, over the layers that the plan may change.
    case averageBits(Double)
    /// The number of bytes of all codes, scales, zero points and biases.
    case byteCount(Int)
  }

  /// Returns the plan of an allocator.
  ///
  /// - Parameters:
  ///   - allocator: The method that chooses the widths.
  ///   - budget: The limit, which every plan is within.
  ///   - model: The checkpoint that will be quantized.
  ///   - firstBits: The number of bits of the first layer, from 2 to 8.
  ///   - lastBits: The number of bits of the last layer, from 2 to 8.
  ///   - pins: The fixed widths of layers by the pattern of their names, in which `*` stands for any
  ///     text and `?` for any one character. Pins override `firstBits` and `lastBits`, and later pins
  ///     override earlier ones.
  ///   - candidates: The possible widths of the other layers, from 2 to 8.
  ///   - grid: The grids of the recipe, which decide the bytes of a layer.
  ///   - seed: The seed of the allocator `random`; the others ignore it.
  ///   - threads: The number of threads; the plan does not depend on it.
  /// - Throws: `MixQuantError` if a width is not from 2 to 8, if a pin matches no layer, or if not even
  ///   the narrowest plan fits.
  public static func allocated(
    by allocator: Allocator = .mixQuant, within budget: Budget, for model: FullPrecisionModel,
    firstBits: Int = 8, lastBits: Int = 8, pins: KeyValuePairs<String, Int> = [:],
    candidates: [Int] = Array(2...8), grid: Recipe.Grid = Recipe.Grid(), seed: UInt64 = 0,
    threads: Int = Threads.all
  ) throws(MixQuantError) -> Plan {
    try MixQuantError.wrapping {
      let rules = try BitRules(first: firstBits, last: lastBits)
      let pins = try pins.map { LayerPin(pattern: $0, bitWidth: try .validated($1)) }
      let planner = Planner(
        model.model, rules: rules,
        pinned: try rules.pinnedInPlan(of: model.model.network, pins: pins),
        candidates: try widths(candidates), quantizer: grid.quantizer,
        context: Context(threads: max(1, threads)))
      return Plan(try planner(allocator.method, budget: budget.limit, seed: seed))
    }
  }

  private static func widths(_ candidates: [Int]) throws -> [BitWidth] {
    guard !candidates.isEmpty else {
      throw InputError(
        .impossiblePlan, "cannot plan bit-widths", at: "candidates", because: "there are none",
        try: "give widths from 2 to 8")
    }
    return Set(try candidates.map { try BitWidth.validated($0) }).sorted()
  }
}

extension BitRules {
  /// Creates the rules of two numbers of bits; throws `usage` if one is not from 2 to 8.
  init(first: Int, last: Int) throws(InputError) {
    self.init(firstBits: try .validated(first), lastBits: try .validated(last))
  }
}

extension Plan.Allocator {
  fileprivate var method: Allocation.Allocator {
    switch self {
    case .uniform: .uniform
    case .twoWidth: .twoWidth
    case .twoWidthReverse: .twoWidthReverse
    case .mixQuant: .mixQuant
    case .random: .random
    }
  }
}

extension Plan.Budget {
  fileprivate var limit: BitBudget {
    switch self {
    case .averageBits(let bits): .averageBits(bits)
    case .byteCount(let count): .payloadBytes(count)
    }
  }
}
