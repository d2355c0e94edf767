import Allocation
import Files
import Graphs
import MixQuant
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct AllocatorTests {
  @Test("Allocators have the names that commands use")
  func names() {
    let names = [
      "uniform", "two-width", "two-width-reverse", "mixquant", "mixquant-weighted", "greedy",
      "random",
    ]
    #expect(Allocator.allCases.map(\.rawValue) == names)
  }

  @Test(
    "Every plan is within its budget, respects pins and candidates, and is reproducible",
    arguments: Allocator.allCases, [2.0, 2.25, 3.7, 8])
  func withinBudget(allocator: Allocator, bits: Double) throws {
    for seed in 0..<5 {
      let errors = randomErrorTable(layers: 12, seed: UInt64(seed))
      let candidates: [BitWidth] = seed % 2 == 0 ? BitWidth.all : [2, 4, 8]
      let budget = BitBudget.averageBits(bits)
      let pinned: [String: BitWidth] = ["layer0": 8, "layer5": 3]
      let task = try errors.task(budget, pinned: pinned, candidates: candidates)
      let plan = try allocator.allocate(task, errors: errors, seed: 7)
      #expect(budget.holds(plan, granularity: .perTensor) { pinned[$0.name] == nil })
      #expect(plan.bitWidths[0] == 8 && plan.bitWidths[5] == 3)
      #expect(task.freeIndices.allSatisfy { candidates.contains(plan.bitWidths[$0]) })
      #expect(try allocator.allocate(task, errors: errors, seed: 7) == plan)
    }
  }

  @Test("Budgets of bytes and bit-operations cover all layers", arguments: Allocator.allCases)
  func otherBudgets(allocator: Allocator) throws {
    let network = tinyResNet(seed: 1)
    let errors = ErrorTable.roundoff(of: network)
    let pinned = BitRules().pinned(in: network)
    let perWeightBit = network.bitOperationsPerWeightBit(inputSize: (32, 32)) { _ in 4 }
    let three = BitPlan.uniform(3, network: network)
    for budget in [
      BitBudget.payloadBytes(three.payloadBytes(granularity: .perChannel) + 100),
      .bitOperations(90_000_000, perWeightBit: perWeightBit),
    ] {
      let task = try AllocationTask(
        model: errors.model, layers: errors.layers, budget: budget, pinned: pinned)
      let plan = try allocator.allocate(task, errors: errors)
      #expect(budget.holds(plan, granularity: .perChannel))
      #expect(plan.bitWidths.first == 8 && plan.bitWidths.last == 8)
    }
  }

  @Test("At a fractional average, uniform is the widest uniform plan that fits")
  func uniform() throws {
    let errors = randomErrorTable(layers: 5, seed: 1)
    #expect(try errors.task(.averageBits(3.9)).uniform.bitWidths == [3, 3, 3, 3, 3])
    let task = try errors.task(.averageBits(7), candidates: [2, 4, 8])
    #expect(task.uniform.bitWidths == [4, 4, 4, 4, 4])
  }

  @Test("Random fills differ between seeds and leave no raise that fits")
  func random() throws {
    let errors = randomErrorTable(layers: 12, seed: 2)
    let task = try errors.task(.averageBits(3))
    let plans = (0..<5).map { task.randomFill(seed: $0).bitWidths }
    #expect(Set(plans).count == 5)
    for plan in plans {
      for index in plan.indices {
        guard let wider = task.wider(index, than: plan[index]) else { continue }
        var raised = plan
        raised[index] = wider
        #expect(!task.holds(raised))
      }
    }
  }

  @Test("The least sum agrees with brute force", arguments: 0..<20)
  func leastSum(seed: UInt64) throws {
    let errors = randomErrorTable(layers: 6, seed: seed)
    let budgets: [BitBudget] = [.averageBits(2.3), .averageBits(3), .payloadBytes(1500)]
    for budget in budgets {
      guard let task = try? errors.task(budget, candidates: [2, 3, 4, 8]) else { continue }
      let plan = try task.leastSum(of: errors)
      let all = task.choices.reduce([[BitWidth]]([[]])) { heads, widths in
        heads.flatMap { head in widths.map { head + [$0] } }
      }
      let least = all.filter(task.holds).map { errors.sum(task.plan($0, rule: ""), task) }.min()
      #expect(abs(errors.sum(plan, task) / (least ?? 0) - 1) < 1e-9)
    }
  }

  @Test("In a deep network, no allocator has a smaller sum than the least sum")
  func deep() throws {
    let errors = randomErrorTable(layers: 54, seed: 3)
    let task = try errors.task(.averageBits(3.1))
    let least = errors.sum(try task.leastSum(of: errors), task)
    for allocator in Allocator.allCases {
      #expect(least <= errors.sum(try allocator.allocate(task, errors: errors), task))
    }
  }

  @Test("An error that is not a number is refused with the layer's name")
  func notANumber() throws {
    let errors = errorTable(rows: [(10, [3, 2, .nan, 1, 1, 1, 1])])
    let task = try errors.task(.averageBits(4))
    let error = #expect(throws: InputError.self) { try task.leastSum(of: errors) }
    #expect(error?.kind == .badData && error?.place == "layer layer0")
  }
}
