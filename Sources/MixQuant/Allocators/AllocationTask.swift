internal import Foundation
package import Quantization
package import Tensors

/// What an allocator is asked: a width for every layer, out of those it may take, within a budget.
package struct AllocationTask: Sendable {
  /// The architecture, such as "ResNet-18".
  package let model: String
  /// In module order.
  package let layers: [WeightLayer]
  package let budget: BitBudget
  package let granularity: Granularity
  /// The widths that each layer may take, narrowest first; only one where it is pinned.
  package let choices: [[BitWidth]]
  // What each layer takes of the budget at 2...8 bits, and all may take together: whole numbers.
  private let costs: [[Int]]
  private let limit: Int

  /// Throws `usage` for a budget that means nothing or that not even the narrowest widths meet.
  /// - Parameter pinned: layers whose width is fixed, by name.
  package init(
    model: String, layers: [WeightLayer], budget: BitBudget, pinned: [String: BitWidth] = [:],
    candidates: [BitWidth] = BitWidth.all, granularity: Granularity = .perChannel
  ) throws(InputError) {
    precondition(!candidates.isEmpty, "no candidates")
    self.model = model
    self.layers = layers
    self.budget = try budget.validated()
    self.granularity = granularity
    let candidates = Set(candidates).sorted()
    choices = layers.map { layer in pinned[layer.name].map { [$0] } ?? candidates }
    costs = layers.enumerated().map { index, layer in
      BitWidth.all.map {
        budget.cost(of: layer, index, $0, granularity, isFree: pinned[layer.name] == nil)
      }
    }
    let freeWeights = layers.filter { pinned[$0.name] == nil }.reduce(0) { $0 + $1.weightCount }
    limit = budget.wholeLimit(freeWeights: freeWeights)
    guard holds(narrowest) else { throw tooSmall(pinned: pinned) }
  }

  /// Every layer at its narrowest.
  package var narrowest: [BitWidth] { choices.map { $0[0] } }

  /// Every layer at its widest.
  package var widest: [BitWidth] { choices.map { $0[$0.count - 1] } }

  /// The layers that may take more than one width.
  package var freeIndices: [Int] { choices.indices.filter { choices[$0].count > 1 } }

  /// What the layer at `index` takes of the budget.
  package func cost(_ index: Int, _ bitWidth: BitWidth) -> Int {
    costs[index][bitWidth.bits - BitWidth.range.lowerBound]
  }

  /// What all layers may take together.
  package var capacity: Int { limit }

  /// Whether `bitWidths`, one a layer, keep within the budget.
  package func holds(_ bitWidths: [BitWidth]) -> Bool {
    bitWidths.indices.reduce(0) { $0 + cost($1, bitWidths[$1]) } <= limit
  }

  /// The next choice of the layer at `index` above `bitWidth`.
  package func wider(_ index: Int, than bitWidth: BitWidth) -> BitWidth? {
    choices[index].first { $0 > bitWidth }
  }

  /// The plan of `bitWidths`, which came about by `rule`.
  package func plan(_ bitWidths: [BitWidth], rule: String) -> BitWidthAssignment {
    BitWidthAssignment(model: model, rule: rule, layers: layers, bitWidths: bitWidths)
  }

  private func tooSmall(pinned: [String: BitWidth]) -> InputError {
    let least = budget.used(by: plan(narrowest, rule: ""), granularity: granularity) {
      pinned[$0.name] == nil
    }
    return InputError(
      .usage, "cannot plan bit-widths", at: "target of \(budget.description(of: budget.limit))",
      because: "the narrowest plan needs \(budget.description(of: least))",
      try: "choose a larger target")
  }
}

extension BitBudget {
  fileprivate func cost(
    of layer: WeightLayer, _ index: Int, _ bitWidth: BitWidth, _ granularity: Granularity,
    isFree: Bool
  ) -> Int {
    switch self {
    case .averageBits: isFree ? layer.weightCount * bitWidth.bits : 0
    case .payloadBytes: layer.payloadBytes(bitWidth: bitWidth, granularity: granularity)
    case .bitOperations(_, let perWeightBit): perWeightBit[index] * bitWidth.bits
    }
  }

  /// The limit in whole units of `cost`: for an average, the most bits whose mean is not above it.
  fileprivate func wholeLimit(freeWeights: Int) -> Int {
    switch self {
    case .payloadBytes(let bytes): return bytes
    case .bitOperations(let operations, _): return operations
    case .averageBits(let average):
      let bits = Int((average * Double(freeWeights)).rounded(.up)) + 1
      // The product may round across a whole number; the division is what `holds` of a budget does.
      return (max(0, bits - 3)...bits).last {
        freeWeights == 0 || Double($0) / Double(freeWeights) <= average
      } ?? 0
    }
  }
}
