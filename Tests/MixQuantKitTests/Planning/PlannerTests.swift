import Reconstruction
import Allocation
import KitSupport
import Datasets
import Execution
import Files
import Graphs
import MixQuant
import MixQuantKit
import Quantization
import TestSupport
import Testing

@Suite("Planner")
struct PlannerTests {
  @Test("A plan keeps to its bytes and wastes at most 0.5 % of them", arguments: [2.5, 3.0, 4.0])
  func bytes(bits: Double) throws {
    let model = try CheckpointModel.shapes()
    let uniform = try BitPlan.twoWidth(averageBits: bits, network: model.network)
    let budget = uniform.payloadBytes(granularity: .perChannel)
    let plan = try Planner(model, context: .serial)(.budget(.payloadBytes(budget))).plan
    let bytes = plan.payloadBytes(granularity: .perChannel)
    #expect(bytes <= budget && Double(budget - bytes) <= 0.005 * Double(budget))
  }

  @Test("A plan keeps to its average over the layers that it may change", arguments: [2.5, 3.3, 6])
  func averageBits(bits: Double) throws {
    let planner = Planner(try CheckpointModel.shapes(), context: .serial)
    let plan = try planner(.budget(.averageBits(bits))).plan
    #expect(planner.averageFreeBits(plan) <= bits && planner.averageFreeBits(plan) > bits - 0.1)
  }

  @Test("The first and last layer keep the rules' widths, and the plan records those rules")
  func rules() throws {
    let rules = BitRules(firstBits: 6, lastBits: 5)
    let planner = Planner(try CheckpointModel.shapes(), rules: rules, context: .serial)
    let plan = try planner(.multiplier(3)).plan
    #expect(plan.bitWidths.first == 6 && plan.bitWidths.last == 5)
    #expect(plan.rules == rules)
  }

  @Test(
    "Every choice of folding and quantizer gives a table of its own")
  func measures() throws {
    let model = try CheckpointModel.shapes()
    let tables = ErrorMeasure.Weights.allCases.flatMap { weights in
      ErrorMeasure.Rounding.allCases.map { rounding in
        Planner(
          model, measure: ErrorMeasure(weights: weights, rounding: rounding), context: .serial
        ).errors
      }
    }
    for (index, table) in tables.enumerated() {
      #expect(!tables[..<index].contains(table))
    }
  }

  @Test("Tables that need images are measured once, and every allocator then has its plan")
  func tables() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointModel.shapes()
      let images = try CalibrationSet(
        drawing: 12, from: try shapes(12, seed: 1, in: folder), seed: 0, transform: .cifar)
      let tables = Set(Allocator.allCases.map(\.table))
      let candidates: [BitWidth] = [2, 4]
      let planner = try Planner(model, candidates: candidates, context: .serial)
        .measuring(tables, on: images, context: Context(threads: 2))
      for allocator in Allocator.allCases {
        let plan = try planner(allocator, budget: .averageBits(2.7))
        #expect(planner.averageFreeBits(plan) <= 2.7)
        #expect(plan.bitWidths.dropFirst().dropLast().allSatisfy(candidates.contains))
      }
      #expect(planner.errors(of: .divergence).quantity == .divergence)
      #expect(planner.errors(of: .outputNoise).quantity == .outputNoise)
    }
  }

  @Test("A layer's divergence is measured with the rounding method that will follow")
  func rounding() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointModel.shapes()
      let images = try CalibrationSet(
        drawing: 12, from: try shapes(12, seed: 1, in: folder), seed: 0, transform: .cifar)
      let tables = try RoundingMethod.allCases.map { method in
        try Planner(model, method: method, context: .serial)
          .measuring([.divergence, .outputNoise], on: images, context: Context(threads: 2))
      }
      let divergences = tables.map { $0.errors(of: .divergence) }
      let (nearest, gptq, brecq) = (divergences[0], divergences[1], divergences[2])
      #expect(gptq == brecq && nearest != brecq)
      // Plain rounding to nearest has no step that reduces its error.
      let sums = [nearest, brecq].map { table in
        table.layers.indices.reduce(0) { $0 + table[$1, 4] }
      }
      #expect(sums[0] > 2 * sums[1])
      #expect(tables[0].errors(of: .outputNoise) == tables[2].errors(of: .outputNoise))
    }
  }

  @Test("Activations are planned to their own average, or share bit-operations with weights")
  func activations() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointModel.shapes()
      let images = try CalibrationSet(
        drawing: 12, from: try shapes(12, seed: 1, in: folder), seed: 0, transform: .cifar)
      let choices = ActivationChoices(
        sites: model.network.siteSizes(inputSize: (32, 32)),
        pinned: BitRules().pinnedActivations(in: model.network), candidates: [4, 8])
      let planner = try Planner(
        model, candidates: [2, 4], activations: choices, context: .serial
      ).measuring([.divergence, .outputNoise], on: images, context: Context(threads: 2))
      let shared = model.network.sharedBitOperations(900_000_000, inputSize: (32, 32))
      for allocator in Allocator.allCases where allocator.plansActivations {
        let apart = try planner(allocator, budget: .averageBits(2.7), activationBits: 5)
        #expect(planner.averageFreeBits(apart) <= 2.7)
        #expect(planner.averageFreeActivationBits(apart) <= 5)
        #expect(apart.activations.map(\.site) == model.network.sites)
        #expect(apart.activations.first?.bitWidth == 8)
        // The weights' plan is the same as without activations.
        #expect(apart.bitWidths == (try planner(allocator, budget: .averageBits(2.7))).bitWidths)

        let together = try planner(allocator, budget: shared, activationBits: nil)
        #expect(shared.holds(together, granularity: .perChannel))
        #expect(together.activations.dropFirst().allSatisfy { [4, 8].contains($0.bitWidth) })
      }
      let refusal = inputError {
        _ = try planner(.mixQuant, budget: .averageBits(3), activationBits: 5)
      }
      #expect(refusal?.kind == .usage && refusal?.what.contains("activations") == true)
    }
  }

  @Test("A target that no plan can meet is an error of use")
  func impossible() throws {
    let planner = Planner(try CheckpointModel.shapes(), context: .serial)
    #expect(inputError { _ = try planner(.budget(.payloadBytes(1000))) }?.kind == .usage)
  }
}
