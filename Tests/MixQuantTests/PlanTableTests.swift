import MixQuant
import Quantization
import TestSupport
import Testing

@Suite struct PlanTableTests {
  @Test("a row shows a layer, its weights, its bits, its error ratio and a bar")
  func rows() {
    let network = tinyResNet(seed: 1)
    let errors = ErrorTable.roundoff(of: network)
    let plan = BitWidthAssignment.uniform(3, network: network)
    let rows = plan.table(errors)
    #expect(rows.count == plan.layers.count)
    #expect(rows[0].cells == ["conv1", "216", "8", "1.00", "████████"])
    #expect(rows[1].bar == "███·····")
    #expect(rows[1].errorRatio == errors.ratio(1, 3))
    #expect(PlanRow.titles.count == rows[0].cells.count)
  }
}
