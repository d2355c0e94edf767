package import Files
package import Graphs
package import Quantization

/// A task for an allocator: to choose the best width for every row within a budget.
///
/// The rows are the layers, in module order, and then the sites of activations, in network order.
/// The list of layers or the list of sites may be empty.
package struct AllocationTask: Sendable {
  /// The name of the architecture, such as "ResNet-18".
  package let model: String
  /// The layers in module order.
  package let layers: [WeightLayer]
  /// The sites in network order.
  package let sites: [SiteSize]
  package let budget: BitBudget
  /// The scope of the weights' grids, which decides the size of a packed file.
  package let granularity: Granularity
  /// The widths that each row may have, narrowest first; a pinned row has only one.
  package let choices: [[BitWidth]]
  /// The groups of rows whose costs depend on each other.
  ///
  /// If costs are products, a group is a site and the layers that read it, with the site first.
  /// Other rows have their own group.
  let groups: [[Int]]
  // The part of the budget that each row takes at 2...8 bits, in whole numbers.
  private let costs: [[Int]]
  private let limit: Int
  // The row whose bits multiply a row's cost, if there is one.
  private let factors: [Int?]
  // The number of weights, or activations, over which an average is taken.
  private let freeCount: Int

  /// Creates a task.
  ///
  /// - Parameters:
  ///   - activations: The sites; with layers, the budget must not be an average.
  ///   - pinned: The layers with a fixed width, by name.
  ///   - candidates: The widths that the other layers may have.
  /// - Throws: `usage` if the budget is invalid or if even the narrowest widths exceed it.
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

  /// The narrowest width of every row.
  package var narrowest: [BitWidth] { choices.map { $0[0] } }

  /// The widest width of every row.
  package var widest: [BitWidth] { choices.map { $0[$0.count - 1] } }

  /// The rows that have more than one choice.
  package var freeIndices: [Int] { choices.indices.filter { choices[$0].count > 1 } }

  /// Returns the part of the budget that `rows` take at `bitWidths`, which has one width per row.
  func cost(of rows: some Sequence<Int>, _ bitWidths: [BitWidth]) -> Int {
    rows.reduce(0) { sum, row in
      let factor = factors[row].map { bitWidths[$0].bits } ?? 1
      return sum + factor * costs[row][bitWidths[row].bits - BitWidth.range.lowerBound]
    }
  }

  /// The limit on the sum of the costs of all rows.
  var capacity: Int { limit }

  /// Returns true if `bitWidths`, with one width per row, are within the budget.
  package func holds(_ bitWidths: [BitWidth]) -> Bool {
    cost(of: bitWidths.indices, bitWidths) <= limit
  }

  /// Returns the next choice above `bitWidth` of the row at `index`; `nil` if there is none.
  package func wider(_ index: Int, than bitWidth: BitWidth) -> BitWidth? {
    choices[index].first { $0 > bitWidth }
  }

  /// Returns the plan with `bitWidths`, which were chosen by `rule`.
  package func plan(_ bitWidths: [BitWidth], rule: String) -> BitPlan {
    BitPlan(
      model: model, rule: rule, layers: layers, bitWidths: Array(bitWidths.prefix(layers.count)),
      activations: zip(sites, bitWidths.dropFirst(layers.count)).map { size, bitWidth in
        PlannedActivations(
          site: size.site, elementCount: size.elementCount, bitWidth: bitWidth)
      })
  }

  /// Returns the name of a row for error messages.
  func name(_ row: Int) -> String {
    row < layers.count
      ? "layer \(layers[row].name)" : "activations at \(sites[row - layers.count].site)"
  }

  private var tooSmall: InputError {
    let cost = Double(cost(of: choices.indices, narrowest))
    let least = if case .averageBits = budget { cost / Double(freeCount) } else { cost }
    return InputError(
      .impossiblePlan, "cannot plan bit-widths" + (layers.isEmpty ? " of activations" : ""),
      at: "target of \(budget.description(of: budget.limit))",
      because: "the narrowest plan needs \(budget.description(of: least))",
      try: "choose a larger target")
  }
}
