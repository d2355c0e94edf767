import Allocation
import KitSupport
import Execution
import MixQuant
import MixQuantKit
import Studies
import Quantization
import Testing

@Suite("Ladder of plans")
struct PlanLadderTests {
  private func bytes(_ plans: [BitPlan]) -> [Int] {
    plans.map { $0.payloadBytes(granularity: .perChannel) }
  }

  @Test("From all layers at 2 bits to all at 8, no plan twice, the smallest first")
  func ends() throws {
    let model = try CheckpointModel.shapes()
    let planner = Planner(model, context: .serial)
    let plans = try planner.ladder(of: .mixQuant, rungs: 31)
    #expect(
      plans.first?.bitWidths == BitPlan.uniform(2, network: model.network).bitWidths)
    #expect(
      plans.last?.bitWidths == BitPlan.uniform(8, network: model.network).bitWidths)
    #expect(bytes(plans) == bytes(plans).sorted())
    #expect(Set(plans.map(\.bitWidths)).count == plans.count)
    #expect(plans.count > 20)
  }

  @Test("There are seven uniform plans, however many budgets there are")
  func uniform() throws {
    let planner = Planner(try CheckpointModel.shapes(), context: .serial)
    let plans = try planner.ladder(of: .uniform, rungs: 127)
    #expect(plans.map { $0.bitWidths[1] } == BitWidth.all)
  }

  @Test("Pinned layers keep their width; the others range over the candidates")
  func pins() throws {
    let model = try CheckpointModel.shapes()
    let pinned = try BitRules().pinned(
      in: model.network, pins: [LayerPin(pattern: "layer3.*", bitWidth: 5)])
    let plans = try Planner(model, pinned: pinned, candidates: [3, 6], context: .serial)
      .ladder(of: .twoWidth, rungs: 9)
    #expect(plans.first?.bitWidths.min() == 3 && plans.last?.bitWidths[1] == 6)
    for plan in plans {
      for (layer, width) in zip(plan.layers, plan.bitWidths) where pinned[layer.name] != nil {
        #expect(width == pinned[layer.name])
      }
    }
  }
}
