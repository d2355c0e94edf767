import Checkpoints
import Datasets
import Foundation
import Networks
import Pipeline
import Quantization
import Reconstruction
import TestSupport
import Tensors
import Testing

@Suite("Experiment")
struct ExperimentTests {
  private func experiment(
    allocators: [String] = ["two-width", "mixquant", "uniform"], targetBits: Double = 2.5,
    methods: [QuantizationMethod] = [.nearest, .brecq], seeds: [UInt64] = [4, 5],
    activations: ActivationDesign? = nil, in folder: URL, model: CheckpointModel? = nil,
    memory: MemoryLimit? = nil
  ) throws -> Experiment {
    let model = try model ?? .shapes()
    var recipe = QuantizationRecipe(calibrationImages: 20)
    recipe.reconstruction.weightSteps = 2
    let evaluator = Evaluator(
      images: try pictures(40, seed: 2, in: folder), transform: .cifar,
      classes: Shapes.classNames.indices.sorted { Shapes.classNames[$0] < Shapes.classNames[$1] },
      workers: Workers(2))
    let design = ExperimentDesign(
      allocators: allocators, randomFills: 2, methods: methods, targetBits: [targetBits],
      seeds: seeds, recipe: recipe, activations: activations)
    return try Experiment(
      model: model, design: design, pool: pictures(30, seed: 1, in: folder), evaluator: evaluator,
      memory: memory, workers: Workers(2))
  }

  /// The same pictures for every experiment in `folder`.
  private func pictures(_ count: Int, seed: UInt64, in folder: URL) throws -> ImageSet {
    let present = folder.appending(path: "shapes-\(seed)")
    return FileManager.default.fileExists(atPath: present.path)
      ? try ImageSet.open(present) : try shapes(count, seed: seed, in: folder)
  }

  /// The result, and the cells that were worked on.
  private func run(
    _ experiment: Experiment, folder: URL? = nil
  ) throws -> (result: ExperimentResult, fresh: [ExperimentCell]) {
    var fresh: [ExperimentCell] = []
    let result = try experiment(store: ResultStore(folder: folder)) { event in
      if case .finished(let cell, _, isKept: false, _) = event { fresh.append(cell) }
    }
    return (result, fresh)
  }

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
    try withFolder { folder in
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
    try withFolder { folder in
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

  @Test("Contestants plan activations too; one that has no say on them takes the plain plan's")
  func activations() throws {
    try withFolder { folder in
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

  @Test("A rerun does nothing twice and gives the same result; so does reading the folder")
  func resuming() throws {
    try withFolder { folder in
      let output = folder.appending(path: "results")
      let whole = try run(experiment(in: folder), folder: output)
      #expect(try ExperimentResult(contentsOf: output) == whole.result)

      let again = try run(experiment(in: folder), folder: output)
      #expect(again.fresh.isEmpty && again.result == whole.result)

      let lost = whole.result.record.entries[3].key
      try FileManager.default.removeItem(at: output.appending(path: "cells/\(lost).json"))
      #expect(inputError { _ = try ExperimentResult(contentsOf: output) }?.kind == .missingInput)
      let mended = try run(experiment(in: folder), folder: output)
      #expect(mended.fresh.count == 1)
      for (cell, score) in whole.result.scores {
        #expect(mended.result.scores[cell]?.divergences == score.divergences)
        #expect(mended.result.scores[cell]?.answers == score.answers)
      }
    }
  }

  @Test("What another run kept in the folder serves a larger design")
  func growing() throws {
    try withFolder { folder in
      let output = folder.appending(path: "results")
      let small = try run(
        experiment(allocators: ["two-width"], seeds: [4], in: folder), folder: output)
      #expect(small.fresh.count == 2)
      let large = try run(
        experiment(allocators: ["two-width", "mixquant"], seeds: [4], in: folder), folder: output)
      #expect(large.fresh.map(\.contestant) == ["mixquant", "mixquant"])
    }
  }

  @Test("A folder of another network's results is refused")
  func otherNetwork() throws {
    try withFolder { folder in
      let output = folder.appending(path: "results")
      let shapes = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder)
      _ = try run(shapes, folder: output)
      var tensors = shapes.model.file.stateDict
      tensors["linear.bias"]?.scalars[0] += 0.001
      let other = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder,
        model: CheckpointSketch.model(tensors, in: folder))
      let error = inputError { _ = try run(other, folder: output) }
      #expect(error?.kind == .cannotWrite && error?.reason.contains("network") == true)
    }
  }

  @Test("A kept result that was damaged is named, not used")
  func damage() throws {
    try withFolder { folder in
      let output = folder.appending(path: "results")
      let one = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder)
      let key = try run(one, folder: output).result.record.entries[0].key
      let file = output.appending(path: "cells/\(key).json")
      try Data("{".utf8).write(to: file)
      let error = inputError { _ = try run(one, folder: output) }
      #expect(error?.kind == .badData && error?.place == file.path)
    }
  }

  @Test("A kept plan that is not one of these bytes is named, not used")
  func editedPlan() throws {
    try withFolder { folder in
      let output = folder.appending(path: "results")
      let one = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder)
      _ = try run(one, folder: output)
      let plans = output.appending(path: "plans")
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: plans.path).first)
      let file = plans.appending(path: name)
      let text = try String(contentsOf: file, encoding: .utf8)
      for edited in [
        text.replacingOccurrences(of: "\"bits\":2", with: "\"bits\":7"),
        text.replacingOccurrences(of: "layer1.0.conv1", with: "layer9.0.conv1"),
      ] {
        try #require(edited != text)
        try Data(edited.utf8).write(to: file)
        let error = inputError { _ = try run(one, folder: output) }
        #expect(error?.kind == .badData && error?.place.contains(name) == true)
      }
    }
  }

  @Test(
    "A record that describes no experiment is refused",
    arguments: [("\"random_fills\" : 2", "\"random_fills\" : -1"), ("\"nearest\"", "")])
  func faultyRecord(part: String, wrong: String) throws {
    try withFolder { folder in
      let output = folder.appending(path: "results")
      _ = try run(
        experiment(allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder),
        folder: output)
      let file = output.appending(path: ExperimentRecord.fileName)
      let text = try String(contentsOf: file, encoding: .utf8)
      let design = try #require(text.range(of: part))
      try Data(text.replacingCharacters(in: design, with: wrong).utf8).write(to: file)
      #expect(inputError { _ = try ExperimentResult(contentsOf: output) }?.kind == .badData)
    }
  }

  @Test(
    "A limit of memory holds for error feedback as for reconstruction",
    arguments: [
      QuantizationMethod.cholesky, .brecq,
    ])
  func memory(method: QuantizationMethod) throws {
    try withFolder { folder in
      let tight = try experiment(
        methods: [method], seeds: [0], in: folder, memory: MemoryLimit(bytes: 1, folder: folder))
      let error = inputError { _ = try run(tight) }
      #expect(error?.kind == .usage && error?.place == "--max-memory")
    }
  }

  @Test("Scores are of the images in the record, and of the cell's plan and recipe")
  func contents() throws {
    try withFolder { folder in
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
