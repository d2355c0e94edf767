package import Files
package import Graphs
package import Quantization

/// What an allocator is asked: a width for every row, out of those it may take, within a budget.
///
/// The rows are the layers, in module order, and behind them the sites of activations, in network order.
/// Either may be absent.
package struct AllocationTask: Sendable {
  /// The architecture, such as "ResNet-18".
  package let model: String
  /// In module order.
  package let layers: [WeightLayer]
  /// In network order.
  package let sites: [SiteSize]
  package let budget: BitBudget
  package let granularity: Granularity
  /// The widths that each row may take, narrowest first; only one where it is pinned.
  package let choices: [[BitWidth]]
  /// Rows that no other row's cost hangs on are alone; a site stands before the layers that read it where
  /// their costs are products.
  let groups: [[Int]]
  // What each row takes of the budget at 2...8 bits, and all may take together: whole numbers.
  private let costs: [[Int]]
  private let limit: Int
  // The row whose bits a row's cost is multiplied by.
  private let factors: [Int?]
  // The weights, or activations, that an average is over.
  private let freeCount: Int

  /// Throws `usage` for a budget that means nothing or that not even the narrowest widths meet.
  /// - Parameters:
  ///   - pinned: layers whose width is fixed, by name.
  ///   - activations: the sites; beside layers, only where the budget is not an average.
  package init(
    model: String, layers: [WeightLayer], activations: ActivationChoices? = nil, budget: BitBudget,
    pinned: [String: BitWidth] = [:], candidates: [BitWidth] = BitWidth.all,
    granularity: Granularity = .perChannel
  ) throws(InputError) {
    precondition(!candidates.isEmpty, "no candidates")
    self.model = model
    self.layers = layers
    sites = activations?.sites ?? []
    self.budget = try budget.validated()
    self.granularity = granularity
    let candidates = Set(candidates).sorted()
    let siteChoices = sites.map { activations?.widths(of: $0.site) ?? [] }
    choices = layers.map { layer in pinned[layer.name].map { [$0] } ?? candidates } + siteChoices
    let arePinned =
      layers.map { pinned[$0.name] != nil } + sites.map { activations?.pinned[$0.site] != nil }
    let counts = layers.map(\.weightCount) + sites.map(\.elementCount)
    freeCount = zip(counts, arePinned).reduce(0) { $0 + ($1.1 ? 0 : $1.0) }
    factors = budget.factors(layers: layers.count, sites: sites)
    groups = Self.groups(factors)
    costs = budget.costs(layers, sites, granularity, arePinned: arePinned)
    limit = budget.wholeLimit(freeCount: freeCount)
    guard holds(narrowest) else { throw tooSmall }
  }

  private static func groups(_ factors: [Int?]) -> [[Int]] {
    factors.indices.filter { factors[$0] == nil }.map { row in
      [row] + factors.indices.filter { factors[$0] == row }
    }
  }

  /// Every row at its narrowest.
  package var narrowest: [BitWidth] { choices.map { $0[0] } }

  /// Every row at its widest.
  package var widest: [BitWidth] { choices.map { $0[$0.count - 1] } }

  /// The rows that may take more than one width.
  package var freeIndices: [Int] { choices.indices.filter { choices[$0].count > 1 } }

  /// What the rows of a group, or all, take of the budget at `bitWidths`, one a row of the task.
  func cost(of rows: some Sequence<Int>, _ bitWidths: [BitWidth]) -> Int {
    rows.reduce(0) { sum, row in
      let factor = factors[row].map { bitWidths[$0].bits } ?? 1
      return sum + factor * costs[row][bitWidths[row].bits - BitWidth.range.lowerBound]
    }
  }

  /// What all rows may take together.
  var capacity: Int { limit }

  /// Whether `bitWidths`, one a row, keep within the budget.
  package func holds(_ bitWidths: [BitWidth]) -> Bool {
    cost(of: bitWidths.indices, bitWidths) <= limit
  }

  /// The next choice of the row at `index` above `bitWidth`.
  package func wider(_ index: Int, than bitWidth: BitWidth) -> BitWidth? {
    choices[index].first { $0 > bitWidth }
  }

  /// The plan of `bitWidths`, which came about by `rule`.
  package func plan(_ bitWidths: [BitWidth], rule: String) -> BitPlan {
    BitPlan(
      model: model, rule: rule, layers: layers, bitWidths: Array(bitWidths.prefix(layers.count)),
      activations: zip(sites, bitWidths.dropFirst(layers.count)).map { size, bitWidth in
        PlannedActivations(
          site: size.site, elementCount: size.elementCount, bitWidth: bitWidth)
      })
  }

  /// The row's name, for people.
  func name(_ row: Int) -> String {
    row < layers.count
      ? "layer \(layers[row].name)" : "activations at \(sites[row - layers.count].site)"
  }

  private var tooSmall: InputError {
    let cost = Double(cost(of: choices.indices, narrowest))
    let least = if case .averageBits = budget { cost / Double(freeCount) } else { cost }
    return InputError(
      .usage, "cannot plan bit-widths" + (layers.isEmpty ? " of activations" : ""),
      at: "target of \(budget.description(of: budget.limit))",
      because: "the narrowest plan needs \(budget.description(of: least))",
      try: "choose a larger target")
  }
}
