import Foundation
import MixQuantKit
import Testing

/// The settings of recipes and plans as a stranger uses them, and beside the options of `mixq quantize`.
@Suite struct RecipeTests {
  /// A quantization in the words of the library and of the command line.
  struct Case: Sendable, CustomTestStringConvertible {
    let recipe: Recipe
    let plan: @Sendable (FullPrecisionModel) throws -> Plan
    let options: String

    var testDescription: String { options }
  }

  private static let closedForm: Case = {
    var recipe = Recipe(method: .gptq, activationBits: 6, seed: 3)
    recipe.grid = Recipe.Grid(granularity: .perTensor, symmetry: .asymmetric, range: .minMax)
    recipe.activationRange = .percentile(99.5)
    return Case(
      recipe: recipe, plan: { try .uniform(4, for: $0, firstBits: 6, lastBits: 5) },
      options: "--method gptq --seed 3 --activation-bits 6 --activation-range percentile:99.5 "
        + "--granularity per-tensor --symmetry asymmetric --range min-max "
        + "--weight-bits 4 --first-bits 6 --last-bits 5")
  }()

  private static let learned: Case = {
    var recipe = Recipe(method: .brecqQuick, activationBits: 8)
    recipe.grid.symmetry = .symmetric
    recipe.activationRange = .minMax
    recipe.learning = Recipe.Learning(
      loss: .fisher, start: .nearest, steps: 3, activationSteps: 2, batch: 8)
    return Case(
      recipe: recipe,
      plan: {
        try .allocated(
          within: .averageBits(3), for: $0, pins: ["layer3.*": 4, "layer3.2.*": 6, "conv1": 5],
          candidates: [6, 2, 4])
      },
      options: "--recipe quick --activation-bits 8 --symmetry symmetric --activation-range min-max "
        + "--loss fisher --start nearest --steps 3 --activation-steps 2 --batch 8 "
        + "--target-bits 3 --pin layer3.*=4 --pin layer3.2.*=6 --pin conv1=5 --candidates 2,4,6")
  }()

  private static let random: Case = {
    var recipe = Recipe(method: .nearest, seed: 5)
    recipe.grid.granularity = .perTensor
    return Case(
      recipe: recipe,
      plan: {
        try .allocated(
          by: .random, within: .averageBits(3.5), for: $0, firstBits: 7, lastBits: 6,
          grid: Recipe.Grid(granularity: .perTensor), seed: 5)
      },
      options: "--method nearest --seed 5 --granularity per-tensor --target-bits 3.5 "
        + "--allocator random --first-bits 7 --last-bits 6")
  }()

  @Test(
    "A recipe and a plan give the bytes of the same options of mixq quantize",
    arguments: [closedForm, learned, random])
  func sameBytes(example: Case) throws {
    let train = try Pictures(count: 16, seed: 3)
    let (own, other) = (
      train.folder.appendingPathExtension("own"), train.folder.appendingPathExtension("other")
    )
    defer {
      for file in [own, other, other.appendingPathExtension("report.json")] {
        try? FileManager.default.removeItem(at: file)
      }
    }
    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let images = try CalibrationImages(
      folder: train.folder, for: model, count: 16, seed: example.recipe.seed)
    try model.quantized(to: example.plan(model), with: example.recipe, on: images).write(to: own)

    let program = try #require(Bundle.main.executableURL?.deletingLastPathComponent())
    let process = Process()
    process.executableURL = program.appending(path: "mixq")
    process.arguments =
      [
        "quantize", Pictures.model.path, "--calibration", train.folder.path, "--output", other.path,
        "--calibration-images", "16", "--quiet",
      ] + example.options.split(separator: " ").map(String.init)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()

    #expect(process.terminationStatus == 0)
    #expect(try Data(contentsOf: own) == Data(contentsOf: other))
  }

  /// A recipe that is refused, and what the error names.
  private static let refused: [(Recipe, String)] = {
    func recipe(
      _ method: Recipe.Method = .brecq, _ bits: Int? = nil, _ change: (inout Recipe) -> Void
    ) -> Recipe {
      var recipe = Recipe(method: method, activationBits: bits)
      change(&recipe)
      return recipe
    }
    return [
      (recipe { $0.activationBits = 9 }, "2 to 8"), (recipe { $0.learning.batch = 0 }, "batch = 0"),
      (recipe { $0.learning.steps = -1 }, "0 to 1000000"),
      (recipe { $0.activationRange = .minMax }, "floating point"),
      (recipe { $0.learning.activationSteps = 5 }, "floating point"),
      (recipe(.brecq, 8) { $0.activationRange = .percentile(50) }, "above 50"),
      (recipe(.brecq, 8) { $0.activationRange = .percentile(.nan) }, "above 50"),
      (recipe(.gptq) { $0.learning.steps = 100 }, "gptq does not learn"),
      (recipe(.nearest, 8) { $0.learning.loss = .fisher }, "nearest does not learn"),
    ]
  }()

  @Test("Values out of range or without effect are refused before any work", arguments: refused)
  func refusals(recipe: Recipe, reason: String) throws {
    let train = try Pictures(count: 16, seed: 3)
    let model = try FullPrecisionModel(contentsOf: Pictures.model)
    let images = try CalibrationImages(folder: train.folder, for: model, count: 4)
    let plan = try Plan.uniform(4, for: model)
    let error = #expect(throws: MixQuantError.self) {
      try model.quantized(to: plan, with: recipe, on: images) { _ in
        Issue.record("the run began")
        return .cancel
      }
    }
    #expect(error?.kind == .usage && error?.description.contains(reason) == true, "\(error as Any)")
  }
}
