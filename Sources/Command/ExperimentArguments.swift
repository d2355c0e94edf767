import Allocation
import ArgumentParser
import Files
import MixQuantKit
import Reconstruction
import Studies

/// The contestants of a comparison: allocators, methods and seeds.
struct ExperimentArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare these allocators, separated by commas, at the bytes of the two-width plan.",
      valueName: "allocator,..."))
  var allocators: List<Allocator>?

  @Option(
    help: ArgumentHelp(
      "Rounding methods, separated by commas. \(RoundingMethod.choices)",
      valueName: "method,..."))
  var methods: List<RoundingMethod>?

  @Option(
    help: ArgumentHelp(
      "The number of seeds, 1 to 1000, from --seed upwards; each draws its own calibration images.",
      valueName: "count"))
  var seeds: Int?

  @Option(
    help: ArgumentHelp(
      "The number of random plans of the allocator random, 1 to 1000; by default 5.",
      valueName: "count", visibility: .hidden))
  var randomFills: Int?

  func validate() throws {
    try require(seeds, in: 1...1000, of: "--seeds")
    try require(randomFills, in: 1...1000, of: "--random-fills")
  }

  /// Throws an error that names an option that nothing reads.
  func requireUsed() throws {
    guard randomFills == nil || allocators?.values.contains(.random) == true else {
      throw InputError.unused(
        "--random-fills", "it has no effect without --allocators random")
    }
  }

  /// Returns the design on `targetBits` with `recipe` and its seeds from the recipe's upwards.
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
