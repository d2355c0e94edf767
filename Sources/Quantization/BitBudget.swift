package import Files
package import Graphs

/// How much a plan may use.
package enum BitBudget: Equatable, Sendable {
  /// Mean bits a weight over the layers that the plan may change; where activations are planned by
  /// themselves, mean bits an activation over the sites.
  case averageBits(Double)
  /// Bytes of the whole tensor payload: codes, scales, zero points and biases of every layer.
  case payloadBytes(Int)
  /// Bit-operations of one image, Σ weight bits · input bits · multiply-adds over all layers.
  ///
  /// `perWeightBit` has the last two factors of every layer, see `Graph.bitOperationsPerWeightBit`;
  /// where `inputs` are given, all but the widths that the plan gives those sites, see
  /// `Graph.sharedBitOperations`.
  case bitOperations(Int, perWeightBit: [Int], inputs: [Site?] = [])

  /// Whether `plan` keeps within the budget; `mayChange` picks the layers that `averageBits` counts.
  package func holds(
    _ plan: BitPlan, granularity: Granularity,
    mayChange: (WeightLayer) -> Bool = { $0.role == .inner }
  ) -> Bool {
    used(by: plan, granularity: granularity, mayChange: mayChange) <= limit
  }

  /// What `plan` uses, in the unit of the budget.
  package func used(
    by plan: BitPlan, granularity: Granularity,
    mayChange: (WeightLayer) -> Bool = { $0.role == .inner }
  ) -> Double {
    switch self {
    case .averageBits: plan.averageBits(over: mayChange)
    case .payloadBytes: Double(plan.payloadBytes(granularity: granularity))
    case .bitOperations(_, let perWeightBit, let inputs):
      Double(Self.bitOperations(of: plan, perWeightBit, inputs))
    }
  }

  private static func bitOperations(
    of plan: BitPlan, _ perWeightBit: [Int], _ inputs: [Site?]
  ) -> Int {
    let activationBits = plan.activationBitWidths
    return plan.bitWidths.indices.reduce(0) { sum, layer in
      let input = inputs.isEmpty ? nil : inputs[layer]
      let inputBits = input.flatMap { activationBits[$0]?.bits } ?? 1
      return sum + plan.bitWidths[layer].bits * perWeightBit[layer] * inputBits
    }
  }

  /// The most that may be used.
  package var limit: Double {
    switch self {
    case .averageBits(let bits): bits
    case .payloadBytes(let bytes): Double(bytes)
    case .bitOperations(let operations, _, _): Double(operations)
    }
  }

  /// What the limit counts.
  package var unit: String {
    switch self {
    case .averageBits: "bits"
    case .payloadBytes: "bytes"
    case .bitOperations: "bit-operations"
    }
  }

  /// `amount` in words: `2.5 bits`, `120000 bytes`.
  package func description(of amount: Double) -> String {
    if case .averageBits = self { return "\(amount) bits" }
    return "\(Int(amount)) \(unit)"
  }

  /// The budget itself; throws `usage` where no code can meet it or it means nothing.
  package func validated() throws(InputError) -> BitBudget {
    switch self {
    case .averageBits(let bits) where !(2...8).contains(bits):
      throw refusal("codes have 2 to 8 bits", try: "choose an average from 2 to 8")
    case .payloadBytes(let bytes) where bytes <= 0: throw refusal("a size must be positive")
    case .bitOperations(let operations, _, _) where operations <= 0:
      throw refusal("a number of operations must be positive")
    default: return self
    }
  }

  private func refusal(_ reason: String, try remedy: String = "") -> InputError {
    InputError(
      .usage, "cannot plan bit-widths", at: "target of \(description(of: limit))", because: reason,
      try: remedy)
  }
}
