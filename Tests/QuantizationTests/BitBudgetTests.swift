import Networks
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct BitBudgetTests {
  let plan = BitWidthAssignment.uniform(3, network: tinyResNet(seed: 1))

  @Test("an average counts the body, or the layers that may change")
  func average() {
    #expect(BitBudget.averageBits(3).holds(plan, granularity: .perChannel))
    #expect(!BitBudget.averageBits(2.999).holds(plan, granularity: .perChannel))
    #expect(!BitBudget.averageBits(3).holds(plan, granularity: .perChannel) { _ in true })
  }

  @Test("a size counts the whole payload, to the byte")
  func size() {
    let bytes = plan.payloadBytes(granularity: .perChannel)
    #expect(BitBudget.payloadBytes(bytes).holds(plan, granularity: .perChannel))
    #expect(!BitBudget.payloadBytes(bytes - 1).holds(plan, granularity: .perChannel))
    #expect(BitBudget.payloadBytes(bytes - 1).holds(plan, granularity: .perTensor))
  }

  @Test("budgets that mean nothing are refused")
  func refused() {
    for budget in [BitBudget.averageBits(1), .averageBits(9), .payloadBytes(0), .payloadBytes(-1)] {
      #expect(throws: InputError.self) { try budget.validated() }
    }
  }
}
