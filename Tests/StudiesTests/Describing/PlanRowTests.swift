import MixQuant
import MixQuantKit
import Studies
import Quantization
import TestSupport
import Testing

@Suite struct PlanTableTests {
  @Test("a row shows a layer, its weights, its bits and its error ratio")
  func rows() {
    let network = tinyResNet(seed: 1)
    let errors = ErrorTable.roundoff(of: network)
    let plan = BitPlan.uniform(3, network: network)
    let rows = plan.table(errors)
    #expect(rows.count == plan.layers.count)
    #expect(rows[0].name == "conv1" && rows[0].count == 216)
    #expect(rows[0].bitWidth == 8 && rows[0].errorText == "1.00")
    #expect(rows[1].error == errors.ratio(1, 3))
  }

  @Test("divergences are shown as they are, noise in decibels, and unmeasured errors as a dash")
  func otherQuantities() {
    let unmeasured = [Double](repeating: .infinity, count: 7)
    let rows = [(10, [0.01, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001]), (10, unmeasured)]
    let noise = errorTable(rows: rows, quantity: .outputNoise)
    let plan = BitPlan(
      model: "m", rule: "r", layers: noise.layers, bitWidths: [2, 3])
    #expect(plan.table(noise).map(\.errorText) == ["20.0", "-"])
    let divergence = errorTable(rows: rows, quantity: .divergence)
    #expect(plan.table(divergence)[0].errorText == "1.00e-02")
  }
}
