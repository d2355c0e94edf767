import Files
import Quantization
import TestSupport
import Testing

@Suite struct BitBudgetTests {
  let plan = BitPlan.uniform(3, network: tinyResNet(seed: 1))

  @Test("An average counts the inner layers, or the layers that may change")
  func average() {
    #expect(BitBudget.averageBits(3).holds(plan, granularity: .perChannel))
    #expect(!BitBudget.averageBits(2.999).holds(plan, granularity: .perChannel))
    #expect(!BitBudget.averageBits(3).holds(plan, granularity: .perChannel) { _ in true })
  }

  @Test("A size counts the whole payload, to the byte")
  func size() {
    let bytes = plan.payloadBytes(granularity: .perChannel)
    #expect(BitBudget.payloadBytes(bytes).holds(plan, granularity: .perChannel))
    #expect(!BitBudget.payloadBytes(bytes - 1).holds(plan, granularity: .perChannel))
    #expect(BitBudget.payloadBytes(bytes - 1).holds(plan, granularity: .perTensor))
  }

  @Test("Bit-operations are the weight bits times the cost of a bit, summed over all layers")
  func bitOperations() {
    let perWeightBit = plan.layers.indices.map { 10 + $0 }
    let used = zip(plan.bitWidths, perWeightBit).reduce(0) { $0 + $1.0.bits * $1.1 }
    for (limit, isHeld) in [(used, true), (used - 1, false)] {
      let budget = BitBudget.bitOperations(limit, perWeightBit: perWeightBit)
      #expect(budget.holds(plan, granularity: .perChannel) == isHeld)
    }
  }

  @Test("Impossible budgets are refused")
  func refused() {
    for budget in [
      BitBudget.averageBits(1), .averageBits(9), .payloadBytes(0), .payloadBytes(-1),
      .bitOperations(0, perWeightBit: []),
    ] {
      #expect(throws: InputError.self) { try budget.validated() }
    }
  }
}
