package import Files
package import Graphs

/// The limit on a plan's size or cost.
package enum BitBudget: Equatable, Sendable {
  /// The mean number of bits per weight over the layers that the plan may change.
  ///
  /// If only activations are planned, it is the mean number of bits per activation over the sites.
  case averageBits(Double)
  /// The bytes of all tensors in a packed file: codes, scales, zero points and biases of every
  /// layer.
  case payloadBytes(Int)
  /// The bit-operations of one image: Σ weight bits · input bits · multiply-adds over all layers.
  ///
  /// `perWeightBit` holds the product of the last two factors for every layer, see
  /// `Graph.bitOperationsPerWeightBit`. If `inputs` are given, it lacks the widths that the plan
  /// gives to those sites; see `Graph.sharedBitOperations`.
  case bitOperations(Int, perWeightBit: [Int], inputs: [Site?] = [])

  /// Returns true if `plan` is within the budget.
  ///
  /// - Parameter mayChange: Returns true for the layers that `averageBits` counts.
  package func holds(
    _ plan: BitPlan, granularity: Granularity,
    mayChange: (WeightLayer) -> Bool = { $0.role == .inner }
  ) -> Bool {
    used(by: plan, granularity: granularity, mayChange: mayChange) <= limit
  }

  /// Returns the amount that `plan` uses, in the unit of the budget.
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

  /// The largest amount that a plan may use.
  package var limit: Double {
    switch self {
    case .averageBits(let bits): bits
    case .payloadBytes(let bytes): Double(bytes)
    case .bitOperations(let operations, _, _): Double(operations)
    }
  }

  /// The unit of the limit.
  package var unit: String {
    switch self {
    case .averageBits: "bits"
    case .payloadBytes: "bytes"
    case .bitOperations: "bit-operations"
    }
  }

  /// Returns `amount` with its unit, such as `2.5 bits` or `120000 bytes`.
  package func description(of amount: Double) -> String {
    if case .averageBits = self { return "\(amount) bits" }
    return "\(Int(amount)) \(unit)"
  }

  /// Returns the budget itself; throws `usage` if no plan can meet it or it makes no sense.
  package func validated() throws(InputError) -> BitBudget {
    switch self {
    case .averageBits(let bits) where !(2...8).contains(bits):
      throw refusal("codes have 2 to 8 bits", try: "choose an average from 2 to 8")
    case .payloadBytes(let bytes) where bytes <= 0:
      throw refusal("the size is not positive", try: "choose a positive number of bytes")
    case .bitOperations(let operations, _, _) where operations <= 0:
      throw refusal(
        "the number of operations is not positive", try: "choose a positive number of operations")
    default: return self
    }
  }

  private func refusal(_ reason: String, try remedy: String = "") -> InputError {
    InputError(
      .impossiblePlan, "cannot plan bit-widths", at: "target of \(description(of: limit))",
      because: reason,
      try: remedy)
  }
}
