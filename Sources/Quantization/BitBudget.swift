internal import Networks
package import Tensors

/// How much a plan may use.
package enum BitBudget: Equatable, Sendable {
  /// Mean bits a weight over the layers that the plan may change.
  case averageBits(Double)
  /// Bytes of the whole tensor payload: codes, scales, zero points and biases of every layer.
  case payloadBytes(Int)

  /// Whether `plan` keeps within the budget; `mayChange` picks the layers that `averageBits` counts.
  package func holds(
    _ plan: BitWidthAssignment, granularity: Granularity,
    mayChange: (WeightLayer) -> Bool = { $0.role == .body }
  ) -> Bool {
    switch self {
    case .averageBits(let limit): plan.averageBits(over: mayChange) <= limit
    case .payloadBytes(let limit): plan.payloadBytes(granularity: granularity) <= limit
    }
  }

  /// The budget itself; throws `usage` where no code can meet it or it means nothing.
  package func validated() throws(InputError) -> BitBudget {
    switch self {
    case .averageBits(let bits) where !(2...8).contains(bits):
      throw InputError(
        .usage, "cannot plan bit-widths", at: "target of \(bits) bits",
        because: "codes have 2 to 8 bits", try: "choose an average from 2 to 8")
    case .payloadBytes(let bytes) where bytes <= 0:
      throw InputError(
        .usage, "cannot plan bit-widths", at: "target of \(bytes) bytes",
        because: "a size must be positive")
    default: return self
    }
  }
}
