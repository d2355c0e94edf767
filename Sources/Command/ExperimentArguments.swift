internal import Reconstruction
import ArgumentParser
import Allocation
import MixQuant
import MixQuantKit
import Studies
import Quantization

/// What makes an experiment out of a comparison: several allocators, methods, budgets and seeds.
struct ExperimentArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare these allocators, separated by commas, at the two-width plan's bytes.",
      discussion: """
        uniform, two-width, two-width-reverse, mixquant, mixquant-weighted, greedy, random. With this, \
        --methods, --seeds or several targets, results are kept in --output as they come, and the \
        same command goes on where it was interrupted (Docs/Guide/EvaluatingAndComparing.md).
        """))
  var allocators: List<Allocator>?

  @Option(help: "Round by these methods, separated by commas: nearest, cholesky, brecq.")
  var methods: List<RoundingMethod>?

  @Option(help: "Seeds, from --seed upwards; each draws its own calibration images.")
  var seeds: Int?

  @Option(help: "Random plans that `random` stands for.")
  var randomFills = 5

  func validate() throws {
    if let seeds, !(1...1000).contains(seeds) {
      throw ValidationError("--seeds \(seeds) is not between 1 and 1000.")
    }
    guard (1...1000).contains(randomFills) else {
      throw ValidationError("--random-fills \(randomFills) is not between 1 and 1000.")
    }
  }

  /// Whether any of these flags asks for more than one comparison of two plans.
  var areGiven: Bool { allocators != nil || methods != nil || seeds != nil }

  /// The experiment on `targetBits`, by `recipe` from its seed upwards.
  func design(
    targetBits: [Double], recipe: QuantizationRecipe, measure: ErrorMeasure,
    activations: ActivationDesign?
  ) -> ExperimentDesign {
    ExperimentDesign(
      allocators: (allocators?.values ?? [.twoWidth, .mixQuant]).map(\.rawValue),
      randomFills: randomFills, methods: methods?.values ?? [.nearest, .brecq],
      targetBits: targetBits, seeds: (0..<UInt64(seeds ?? 1)).map { recipe.seed &+ $0 },
      recipe: recipe, measure: measure, activations: activations)
  }
}

/// Values separated by commas, none twice.
struct List<Value: ExpressibleByArgument & Hashable>: ExpressibleByArgument {
  let values: [Value]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Value(argument: String($0)) }
    guard !values.isEmpty, values.count == parts.count, Set(values).count == values.count else {
      return nil
    }
  }

  init(_ values: [Value]) { self.values = values }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}
