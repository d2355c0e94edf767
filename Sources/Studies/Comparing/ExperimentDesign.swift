package import MixQuantKit
package import Reconstruction

/// One quantization of an experiment: the planner, the rounding method, the budget and the seed.
package struct ExperimentCell: Codable, Hashable, Sendable {
  /// An allocator's name; `random-1`, `random-2` and so on for random fills.
  package let contestant: String
  package let method: RoundingMethod
  /// The average of the two-width plan whose bytes are everybody's budget.
  package let targetBits: Double
  /// Draws the calibration images, and begins every random choice on them.
  package let seed: UInt64

  package init(contestant: String, method: RoundingMethod, targetBits: Double, seed: UInt64) {
    self.contestant = contestant
    self.method = method
    self.targetBits = targetBits
    self.seed = seed
  }

  /// Such as `mixquant+brecq, 2.5 bits, seed 0`.
  package var description: String {
    "\(contestant)+\(method.rawValue), \(targetBits) bits, seed \(seed)"
  }

  /// The name of the packed file, such as `mixquant+brecq-2.5.safetensors`; the seeds share it.
  var fileName: String { "\(contestant)+\(method.rawValue)-\(targetBits).safetensors" }

  /// The name of the plan's file.
  var planName: String { "\(contestant)+\(method.rawValue)-\(targetBits).plan.json" }

  private enum CodingKeys: String, CodingKey {
    case contestant, method, seed
    case targetBits = "target_bits"
  }
}

/// The design of an experiment: every allocator by every method at every budget, for every seed.
package struct ExperimentDesign: Codable, Equatable, Sendable {
  /// Without repetitions; `random` stands for all random fills.
  package var allocators: [String]
  package var randomFills: Int
  package var methods: [RoundingMethod]
  package var targetBits: [Double]
  package var seeds: [UInt64]
  /// Each cell sets `method` and `seed`; everything else is shared.
  package var recipe: QuantizationRecipe
  /// The error that the paper's MixQuant measures.
  package var measure: ErrorMeasure
  /// The plans of activations; nil leaves activations to the recipe.
  package var activations: ActivationDesign?

  package init(
    allocators: [String], randomFills: Int = 5, methods: [RoundingMethod],
    targetBits: [Double], seeds: [UInt64], recipe: QuantizationRecipe,
    measure: ErrorMeasure = .init(), activations: ActivationDesign? = nil
  ) {
    self.allocators = allocators
    self.randomFills = randomFills
    self.methods = methods
    self.targetBits = targetBits
    self.seeds = seeds
    self.recipe = recipe
    self.measure = measure
    self.activations = activations
  }

  private enum CodingKeys: String, CodingKey {
    case allocators, methods, seeds, recipe, measure, activations
    case randomFills = "random_fills"
    case targetBits = "target_bits"
  }

  /// The allocators, each random fill one of its own.
  package var contestants: [String] {
    allocators.flatMap { name in
      name == Self.random ? (0..<randomFills).map { "\(name)-\($0 + 1)" } : [name]
    }
  }

  /// Every cell in the order of work: a whole seed before the next, so that an experiment that was cut
  /// off still compares like with like.
  package var cells: [ExperimentCell] {
    var cells: [ExperimentCell] = []
    for seed in seeds {
      for target in targetBits {
        for method in methods {
          cells += contestants.map {
            ExperimentCell(contestant: $0, method: method, targetBits: target, seed: seed)
          }
        }
      }
    }
    return cells
  }

  /// The treatment of activations in every cell.
  var activationTerms: ActivationTerms {
    ActivationTerms(bitWidth: recipe.activationBits, averageBits: activations?.averageBits)
  }

  /// The reason why these values, which a file may hold, make no design, or nil.
  var fault: String? {
    guard (1...1000).contains(randomFills) else {
      return "random_fills is \(randomFills), not in 1...1000"
    }
    let lists = [
      ("allocators", allocators.count), ("methods", methods.count), ("seeds", seeds.count),
      ("target_bits", targetBits.count),
    ]
    if let empty = lists.first(where: { $0.1 == 0 }) { return "\(empty.0) is empty" }
    guard Set(cells).count == cells.count else { return "a value is there twice" }
    return targetBits.first { !(2...8).contains($0) }.map { "target_bits has \($0), not 2 to 8" }
  }

  /// Returns the reason why this design cannot continue `other`, as a clause about `other`, or nil.
  func conflict(with other: ExperimentDesign) -> String? {
    var recipe = recipe
    recipe.seed = other.recipe.seed
    guard recipe == other.recipe, measure == other.measure, activations == other.activations else {
      return "it was made by another recipe, which this command would replace"
    }
    let missing =
      Set(other.contestants).subtracting(contestants).sorted()
      + Set(other.methods).subtracting(methods).map(\.rawValue).sorted()
      + Set(other.targetBits).subtracting(targetBits).sorted().map { "\($0) bits" }
      + Set(other.seeds).subtracting(seeds).sorted().map { "seed \($0)" }
    guard !missing.isEmpty else { return nil }
    return "it has \(missing.joined(separator: ", ")), which would be left out"
  }

  /// The images that quantization sees, in words.
  var calibrationDescription: String {
    "\(recipe.calibrationImages) images drawn by "
      + (seeds.count == 1
        ? "seed \(seeds[0])" : "each of \(seeds.count) seeds from \(seeds.first ?? 0)")
  }

  /// The recipe of `cell`.
  package func recipe(of cell: ExperimentCell) -> QuantizationRecipe {
    var recipe = recipe
    recipe.method = cell.method
    recipe.seed = cell.seed
    return recipe
  }
}

extension ExperimentDesign {
  /// The allocator that stands for several random fills.
  package static let random = "random"

  /// Which random fill a contestant is, from 0; none for the others.
  package static func randomFill(of contestant: String) -> Int? {
    guard contestant.hasPrefix("\(random)-") else { return nil }
    return Int(contestant.dropFirst(random.count + 1)).map { $0 - 1 }
  }

  /// Returns true if a contestant looks at no error, so that an allocator has to beat it.
  package static func isBaseline(_ contestant: String) -> Bool {
    ["two-width", "two-width-reverse"].contains(contestant) || randomFill(of: contestant) != nil
  }
}
