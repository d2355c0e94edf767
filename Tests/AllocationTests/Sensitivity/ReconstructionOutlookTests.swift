import Allocation
import Graphs
import TestSupport
import Testing

@Suite("The part of single-layer errors that reconstruction leaves")
struct ReconstructionOutlookTests {
  private let network = tinyResNet(seed: 1)

  /// Returns the remaining errors if every layer has the same row.
  private func remaining(_ row: [Double], _ outlook: ReconstructionOutlook) -> [[Double]] {
    outlook.remaining(network.layers.map { _ in row }, of: network)
  }

  @Test(
    "Each later block reduces an error; those of the last block and the last layer do not change")
  func carry() {
    var outlook = ReconstructionOutlook()
    outlook.carry = 0.5
    let row = [64.0, 32, 16, 8, 4, 2, 1]
    let left = remaining(row, outlook)
    let count = network.reconstructedUnitCount - 1
    #expect(left[0] == row.map { $0 / Double(1 << count) })
    #expect(left[1] == row.map { $0 / Double(1 << (count - 1)) })
    #expect(left[network.layers.count - 2] == row && left[network.layers.count - 1] == row)
  }

  @Test("One bit less costs at most four times as much, counted from the widest width down")
  func growth() {
    var outlook = ReconstructionOutlook()
    outlook.carry = 1
    let left = remaining([9000, 1000, 20, 5, 1, 0.5, 0.25], outlook)
    #expect(left.allSatisfy { $0 == [256, 64, 16, 4, 1, 0.5, 0.25] })
  }

  @Test("No error grows, and fewer bits still cost more")
  func order() {
    let row = [3.0, 0.5, 0.2, 0.04, 0.01, 0.003, 0.001]
    for left in remaining(row, ReconstructionOutlook()) {
      #expect(zip(left, row).allSatisfy { $0 <= $1 })
      #expect(zip(left, left.dropFirst()).allSatisfy { $0 > $1 })
    }
  }
}
