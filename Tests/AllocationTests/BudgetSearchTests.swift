import Allocation
import Files
import MixQuant
import Quantization
import TestSupport
import Testing

@Suite("The paper's rule within a budget")
struct BudgetSearchTests {
  /// Two layers; every bit halves the error of the first, but only the last two bits that of the second.
  let errors = errorTable(rows: [
    (weights: 1000, errors: [64, 32, 16, 8, 4, 2, 1]),
    (weights: 3000, errors: [4, 4, 4, 4, 4, 2, 1]),
  ])

  @Test("A filled plan is within its budget, and no further raise fits", arguments: 0..<20)
  func budgets(seed: UInt64) throws {
    let errors = randomErrorTable(layers: 12, seed: seed)
    let pinned: [String: BitWidth] = ["layer0": 8, "layer11": 8]
    let bytes = BitWidthSearch.assign(errors, multiplier: 6, pinned: pinned)
      .payloadBytes(granularity: .perTensor)
    for budget in [BitBudget.averageBits(2.5), .averageBits(4), .payloadBytes(bytes + 300)] {
      let filled = try BitWidthSearch.assign(errors, task: errors.task(budget, pinned: pinned))
      func holds(_ plan: BitPlan) -> Bool {
        budget.holds(plan, granularity: .perTensor) { pinned[$0.name] == nil }
      }
      let plan = filled.assignment
      #expect(holds(plan))
      #expect(plan.bitWidths.first == 8 && plan.bitWidths.last == 8)
      for index in 1..<11 where plan.bitWidths[index] < 8 {
        var raised = plan
        raised.bitWidths[index] = plan.bitWidths[index].wider ?? 8
        #expect(!holds(raised))
      }
      let bitsRaised = zip(plan.bitWidths, filled.beforeFilling.bitWidths)
        .reduce(0) { $0 + $1.0.bits - $1.1.bits }
      #expect(bitsRaised == filled.raised.count)
    }
  }

  @Test("The plan before filling is the largest of the rule that fits", arguments: 0..<10)
  func largestPlan(seed: UInt64) throws {
    let errors = randomErrorTable(layers: 8, seed: seed)
    let filled = try BitWidthSearch.assign(errors, task: errors.task(.averageBits(4)))
    #expect(filled.beforeFilling.averageBits() <= 4)
    #expect(
      filled.beforeFilling.bitWidths
        == BitWidthSearch.assign(errors, multiplier: filled.multiplier).bitWidths)
    let smaller = filled.multiplier * (1 - 1e-12)
    #expect(
      filled.multiplier == 1
        || BitWidthSearch.assign(errors, multiplier: smaller).averageBits() > 4)
  }

  @Test(
    "Filling raises the layer with the largest error ratio whose raise fits, first layers first")
  func fillingOrder() throws {
    let errors = errorTable(rows: [
      (weights: 100, errors: [10, 1, 1, 1, 1, 1, 1]),
      (weights: 100, errors: [20, 1, 1, 1, 1, 1, 1]),
      (weights: 100, errors: [20, 1, 1, 1, 1, 1, 1]),
      (weights: 900, errors: [30, 1, 1, 1, 1, 1, 1]),
    ])
    // There is room for 100 or 200 raised weights. The last layer has the largest ratio but is too large.
    let room = [1, 2].map { BitBudget.averageBits(2 + Double($0) / 12) }
    let filled = try room.map { try BitWidthSearch.assign(errors, task: errors.task($0)) }
    #expect(filled.map(\.multiplier) == [30, 30])
    #expect(filled[0].raised == ["layer1"])
    #expect(filled[1].raised == ["layer1", "layer2"])
    #expect(filled[1].assignment.bitWidths == [2, 3, 3, 2])
  }

  @Test("A budget of 8 bits gives 8 bits to all layers, and one of 2 bits gives 2")
  func extremes() throws {
    #expect(
      try BitWidthSearch.assign(errors, task: errors.task(.averageBits(8))).assignment.bitWidths
        == [8, 8])
    #expect(
      try BitWidthSearch.assign(errors, task: errors.task(.averageBits(2))).assignment.bitWidths
        == [2, 2])
  }

  @Test("A budget below the narrowest plan is refused with that plan's size")
  func tooSmall() {
    let error = #expect(throws: InputError.self) {
      try BitWidthSearch.assign(errors, task: errors.task(.payloadBytes(100)))
    }
    // 4000 weights at 2 bits, and two grids of 5 bytes.
    #expect(error?.reason == "the narrowest plan needs 1010 bytes")
  }
}
