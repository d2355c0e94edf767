import Allocation
import ArgumentParser
import MixQuantKit
import Reconstruction
import Studies

/// The options that turn a comparison into an experiment: several allocators, methods and seeds.
struct ExperimentArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare these allocators, separated by commas, at the bytes of the two-width plan.",
      discussion: """
        The allocators are uniform, two-width, two-width-reverse, mixquant, mixquant-weighted, greedy \
        and random. With this option, --methods, --seeds or several targets, --output receives each \
        result at once, and the same command resumes an interrupted experiment \
        (Docs/Guide/EvaluatingAndComparing.md).
        """))
  var allocators: List<Allocator>?

  @Option(help: ArgumentHelp("Rounding methods, separated by commas. \(RoundingMethod.choices)"))
  var methods: List<RoundingMethod>?

  @Option(
    help: "The number of seeds, from --seed upwards; each draws its own calibration images.")
  var seeds: Int?

  @Option(help: "The number of random plans of the allocator random; by default 5.")
  var randomFills: Int?

  func validate() throws {
    if let seeds, !(1...1000).contains(seeds) {
      throw ValidationError("--seeds \(seeds) is not between 1 and 1000.")
    }
    if let randomFills, !(1...1000).contains(randomFills) {
      throw ValidationError("--random-fills \(randomFills) is not between 1 and 1000.")
    }
  }

  /// Throws an error that names an option that nothing reads.
  func requireUsed() throws {
    guard randomFills == nil || allocators?.values.contains(.random) == true else {
      throw ValidationError(
        "--random-fills has no effect without --allocators random: leave it out.")
    }
  }

  /// True if any of these flags asks for an experiment.
  var areGiven: Bool { allocators != nil || methods != nil || seeds != nil }

  /// Returns the experiment on `targetBits` with `recipe` and its seeds from the recipe's upwards.
  func design(
    targetBits: [Double], recipe: QuantizationRecipe, measure: ErrorMeasure,
    activations: ActivationDesign?
  ) -> ExperimentDesign {
    ExperimentDesign(
      allocators: (allocators?.values ?? [.twoWidth, .mixQuant]).map(\.rawValue),
      randomFills: randomFills ?? 5, methods: methods?.values ?? [.nearest, .brecq],
      targetBits: targetBits, seeds: (0..<UInt64(seeds ?? 1)).map { recipe.seed &+ $0 },
      recipe: recipe, measure: measure, activations: activations)
  }
}

/// Different values separated by commas.
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
