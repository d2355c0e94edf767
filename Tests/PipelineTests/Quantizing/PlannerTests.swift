import MixQuant
import Pipeline
import Quantization
import TestSupport
import Tensors
import Testing

@Suite("Planner")
struct PlannerTests {
  @Test("A plan keeps to its bytes and wastes at most 0.5 % of them", arguments: [2.5, 3.0, 4.0])
  func bytes(bits: Double) throws {
    let model = try CheckpointModel.shapes()
    let uniform = try BitWidthAssignment.twoWidth(averageBits: bits, network: model.network)
    let budget = uniform.payloadBytes(granularity: .perChannel)
    let plan = try Planner(model, workers: .one)(.budget(.payloadBytes(budget))).plan
    let bytes = plan.payloadBytes(granularity: .perChannel)
    #expect(bytes <= budget && Double(budget - bytes) <= 0.005 * Double(budget))
  }

  @Test("A plan keeps to its average over the layers that it may change", arguments: [2.5, 3.3, 6])
  func averageBits(bits: Double) throws {
    let planner = Planner(try CheckpointModel.shapes(), workers: .one)
    let plan = try planner(.budget(.averageBits(bits))).plan
    #expect(planner.averageFreeBits(plan) <= bits && planner.averageFreeBits(plan) > bits - 0.1)
  }

  @Test("First and last layer keep the widths of the rules, and a plan's own rules say so")
  func rules() throws {
    let rules = BitRules(stemBits: 6, headBits: 5)
    let planner = Planner(try CheckpointModel.shapes(), rules: rules, workers: .one)
    let plan = try planner(.multiplier(3)).plan
    #expect(plan.bitWidths.first == 6 && plan.bitWidths.last == 5)
    #expect(plan.rules == rules)
  }

  @Test(
    "Unfolded and folded weights, the paper's quantizer and one's own, give tables of their own")
  func measures() throws {
    let model = try CheckpointModel.shapes()
    let tables = ErrorMeasure.Weights.allCases.flatMap { weights in
      ErrorMeasure.Rounding.allCases.map { rounding in
        Planner(
          model, measure: ErrorMeasure(weights: weights, rounding: rounding), workers: .one
        ).errors
      }
    }
    for (index, table) in tables.enumerated() {
      #expect(!tables[..<index].contains(table))
    }
  }

  @Test("A target that no plan can meet is an error of use")
  func impossible() throws {
    let planner = Planner(try CheckpointModel.shapes(), workers: .one)
    #expect(inputError { _ = try planner(.budget(.payloadBytes(1000))) }?.kind == .usage)
  }
}
