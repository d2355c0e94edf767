import Allocation
import Checkpoints
import Datasets
import Files
import KitSupport
import MixQuantKit
@testable import Studies
import Quantization
import Reconstruction
import TestSupport
import Testing

@Suite("Experiment")
struct ExperimentTests {
  @Test("Cells are all contestants by all methods at all targets, seed after seed")
  func cells() {
    let design = ExperimentDesign(
      allocators: ["mixquant", "random"], randomFills: 2, methods: [.nearest, .brecq],
      targetBits: [2.25, 3], seeds: [0, 1], recipe: QuantizationRecipe())
    #expect(design.contestants == ["mixquant", "random-1", "random-2"])
    #expect(design.cells.count == 24 && Set(design.cells).count == 24)
    #expect(
      design.cells.map(\.seed) == [UInt64](repeating: 0, count: 12) + .init(repeating: 1, count: 12)
    )
    #expect(design.recipe(of: design.cells[15]).method == .brecq)
    #expect(design.recipe(of: design.cells[15]).seed == 1)
    #expect(
      ["random-1", "random-20", "random", "random-x"].map(ExperimentDesign.randomFill)
        == [0, 19, nil, nil])
  }

  @Test("Equal work is done once: equal plans, and rounding to nearest for every seed")
  func sharing() throws {
    try withTemporaryFolder { folder in
      // At 2 bits there is one plan that fits, whoever makes it.
      let (result, fresh) = try run(experiment(targetBits: 2, in: folder))
      #expect(result.scores.count == 12)
      #expect(fresh.map(\.method) == [.nearest, .brecq, .brecq])
      #expect(fresh.map(\.seed) == [4, 4, 5])
      let group = result.group(.brecq, targetBits: 2)
      #expect(group[0].divergences == group[1].divergences)
      #expect(group[0].scores[0].divergences != group[0].scores[1].divergences)
    }
  }

  @Test("Every contestant keeps to the two-width plan's bytes; a fill is one plan for all seeds")
  func budgets() throws {
    try withTemporaryFolder { folder in
      let experiment = try experiment(
        allocators: ["two-width", "two-width-reverse", "mixquant", "random"], methods: [.nearest],
        in: folder)
      let (result, _) = try run(experiment)
      let group = result.group(.nearest, targetBits: 2.5)
      #expect(group.map(\.contestant).suffix(2) == ["random-1", "random-2"])
      #expect(group.allSatisfy { $0.bytes <= experiment.budgets[0] })
      #expect(group.allSatisfy { $0.scores[0].plan.bitWidths == $0.scores[1].plan.bitWidths })
      #expect(group[3].scores[0].plan.bitWidths != group[4].scores[0].plan.bitWidths)
    }
  }

  @Test(
    "MixQuant gets no more bytes than it is compared with, and wastes at most 0.5 %",
    arguments: [2.0, 2.5, 3.0, 4.0, 8.0])
  func equalBytes(bits: Double) throws {
    try withTemporaryFolder { folder in
      let experiment = try experiment(
        allocators: ["two-width", "mixquant"], targetBits: bits, seeds: [0], in: folder)
      let bytes = try experiment.firstPlans()[0].map(experiment.bytes)
      #expect(bytes[1] <= bytes[0] && Double(bytes[0] - bytes[1]) <= 0.005 * Double(bytes[0]))
    }
  }

  @Test("A network at chance is not compared")
  func chance() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let comparison = try experiment(targetBits: 3, in: folder, model: model)
      #expect(inputError { _ = try run(comparison) }?.what.contains("chance") == true)
    }
  }

  @Test("Contestants plan activations too; one that has no say on them takes the plain plan's")
  func activations() throws {
    try withTemporaryFolder { folder in
      let names = ["two-width", "two-width-reverse", "mixquant"]
      func group(_ activations: ActivationDesign?) throws -> [ContestantScores] {
        try run(
          experiment(
            allocators: names, methods: [.nearest], activations: activations, in: folder)
        ).result.group(.nearest, targetBits: 2.5)
      }
      let pin = LayerPin(pattern: "layer3.*", bitWidth: 8)
      let planned = try group(
        ActivationDesign(averageBits: 5, candidates: [4, 6, 8], pins: [pin]))
      let plans = planned.map { $0.scores[0].plan }
      for plan in plans {
        let free = plan.averageActivationBits { $0 != "conv1" && !pin.matches($0) }
        #expect(free <= 5 && free > 4)
        #expect(plan.activations.allSatisfy { [4, 6, 8].contains($0.bitWidth) })
        #expect(
          plan.activations.allSatisfy { !pin.matches($0.site) || $0.bitWidth == 8 })
      }
      #expect(plans[0].activations != plans[1].activations)
      #expect(plans[0].activations == plans[2].activations)

      let weightsOnly = try group(nil)
      #expect(weightsOnly.map { $0.scores[0].plan.bitWidths } == plans.map(\.bitWidths))
      #expect(weightsOnly.allSatisfy { $0.scores[0].plan.activations.isEmpty })
      for (whole, part) in zip(planned, weightsOnly) {
        #expect(whole.scores[0].divergences != part.scores[0].divergences)
        // Ranges of activations are found on a seed's own images; weights alone look at none.
        #expect(whole.scores[0].divergences != whole.scores[1].divergences)
        #expect(part.scores[0].divergences == part.scores[1].divergences)
      }
    }
  }

  @Test(
    "A limit of memory holds for GPTQ as for reconstruction",
    arguments: [
      RoundingMethod.gptq, .brecq,
    ])
  func memory(method: RoundingMethod) throws {
    try withTemporaryFolder { folder in
      let tight = try experiment(
        methods: [method], seeds: [0], in: folder, memory: MemoryLimit(bytes: 1, folder: folder))
      let error = inputError { _ = try run(tight) }
      #expect(error?.kind == .usage && error?.place == "--max-memory")
    }
  }

  @Test("Scores are of the images in the record, and of the cell's plan and recipe")
  func contents() throws {
    try withTemporaryFolder { folder in
      let (result, _) = try run(
        experiment(allocators: ["mixquant"], methods: [.brecq], seeds: [4], in: folder))
      let score = try #require(result.scores.values.first)
      #expect(result.record.images.count == 40 && score.divergences.count == 40)
      #expect(score.isCorrect == zip(score.answers, result.record.labels).map { $0 == $1 })
      #expect(score.divergences.allSatisfy { $0 >= -1e-12 } && score.units.count == 10)
      #expect(result.record.audit.inCalibration == 0)
      #expect(result.record.audit.calibrationImages == 20)
    }
  }
}
