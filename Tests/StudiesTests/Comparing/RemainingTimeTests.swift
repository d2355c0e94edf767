import Reconstruction
import MixQuantKit
import Quantization
import Testing

@testable import Studies

@Suite("Remaining time")
struct RemainingTimeTests {
  private func cell(_ method: RoundingMethod, _ seed: UInt64) -> ExperimentCell {
    ExperimentCell(contestant: "two-width", method: method, targetBits: 2.5, seed: seed)
  }

  @Test("Each method's cells take what its finished ones took on average")
  func averages() {
    let cells = (0..<4).flatMap { [cell(.nearest, $0), cell(.brecq, $0)] }
    var remaining = RemainingTime(cells)
    #expect(remaining.seconds == 0)
    remaining.finished(cells[0], seconds: 1)
    #expect(remaining.seconds == 3)
    remaining.finished(cells[1], seconds: 60)
    remaining.finished(cells[3], seconds: 80)
    #expect(remaining.seconds == 3 + 2 * 70)
    for cell in cells where ![cells[0], cells[1], cells[3]].contains(cell) {
      remaining.finished(cell, seconds: 5)
    }
    #expect(remaining.seconds == 0)
  }
}
