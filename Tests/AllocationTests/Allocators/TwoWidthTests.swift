import Allocation
import Files
import Graphs
import MixQuant
import Quantization
import TestSupport
import Testing

@Suite struct TwoWidthTests {
  let network = tinyResNet(seed: 1)

  @Test("A whole average gives the uniform plan", arguments: BitWidth.all)
  func wholeAverage(bitWidth: BitWidth) throws {
    let plan = try BitPlan.twoWidth(
      averageBits: Double(bitWidth.bits), network: network)
    #expect(plan == .uniform(bitWidth, network: network))
  }

  @Test(
    "A two-width plan is within its average and raised in order, and no further raise fits",
    arguments: [2.1, 2.5, 2.9, 3.3, 6.75, 7.5])
  func twoWidth(average: Double) throws {
    let plan = try BitPlan.twoWidth(averageBits: average, network: network)
    let floor = BitWidth(integerLiteral: Int(average))
    let inner = plan.layers.indices.filter { plan.layers[$0].role == .inner }
    #expect(plan.averageBits(.inner) <= average)
    #expect(inner.allSatisfy { [floor, floor.wider].contains(plan.bitWidths[$0]) })
    for index in inner where plan.bitWidths[index] == floor {
      var raised = plan
      raised.bitWidths[index] = floor.wider ?? floor
      #expect(raised.averageBits(.inner) > average)
      // It did not fit in its turn either, before any later layer was raised.
      for later in inner where later > index { raised.bitWidths[later] = floor }
      #expect(raised.averageBits(.inner) > average)
    }
  }

  @Test("Averages outside 2 to 8 bits are refused", arguments: [1.9, 8.1, -1, .nan, .infinity])
  func refusedAverages(average: Double) {
    #expect(throws: InputError.self) {
      try BitPlan.twoWidth(averageBits: average, network: network)
    }
  }

  @Test("The reverse plan raises layers from the last to the first")
  func reverse() throws {
    let errors = errorTable(rows: [100, 100, 200].map { ($0, [Double](repeating: 1, count: 7)) })
    let task = try errors.task(.averageBits(2.5))
    #expect(task.twoWidth().bitWidths == [3, 3, 2])
    #expect(task.twoWidth(isReversed: true).bitWidths == [2, 2, 3])
  }
}
