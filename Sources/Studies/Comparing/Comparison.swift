package import MixQuantKit
import Datasets
package import Execution
package import Files
import Allocation
import MixQuant
import Graphs
package import Quantization
package import Reconstruction

/// BRECQ alone against MixQuant followed by BRECQ, and both against rounding to nearest, at equal bytes.
///
/// One recipe value serves all rows; only plan and method differ between them.
package struct Comparison: Sendable {
  package let model: CheckpointModel
  /// `method` is set by each row; everything else is shared.
  package let recipe: QuantizationRecipe
  /// Every layer at the target, or at the two widths around it.
  package let uniform: BitPlan
  /// MixQuant's plan at no more than the uniform plan's bytes.
  package let mixQuant: BitPlan
  let images: CalibrationSet
  package let evaluator: Evaluator
  let memory: MemoryLimit?
  let workers: Workers

  /// Makes both plans; throws `usage` for a target that no plan can meet.
  package init(
    model: CheckpointModel, recipe: QuantizationRecipe, targetBits: Double,
    measure: ErrorMeasure = .init(), images: CalibrationSet, evaluator: Evaluator,
    memory: MemoryLimit? = nil, workers: Workers
  ) throws(InputError) {
    self.model = model
    self.recipe = recipe
    self.images = images
    self.evaluator = evaluator
    self.memory = memory
    self.workers = workers
    uniform = try BitPlan.twoWidth(
      averageBits: targetBits, network: model.network, rules: recipe.rules)
    let planner = Planner(
      model, measure: measure, rules: recipe.rules, quantizer: recipe.weights, workers: workers)
    let bytes = uniform.payloadBytes(granularity: recipe.weights.granularity)
    mixQuant = try planner(.budget(.payloadBytes(bytes))).plan
  }

  /// Evaluation images that were calibrated on or trained on; throws where one cannot be read.
  package func audit() throws(InputError) -> ImageAudit {
    try ImageAudit(
      evaluation: evaluator.images, calibration: [images.images],
      classCount: model.network.classCount)
  }

  /// Whether MixQuant had no choice.
  package var plansAreEqual: Bool { uniform.bitWidths == mixQuant.bitWidths }

  /// One row's plan and recipe.
  package struct Contestant: Sendable {
    /// Whether MixQuant made the plan.
    package let isMixQuant: Bool
    package let plan: BitPlan
    package let recipe: QuantizationRecipe

    package var name: String { Self.name(recipe.method, isMixQuant: isMixQuant) }

    static func name(_ method: RoundingMethod, isMixQuant: Bool) -> String {
      isMixQuant ? "mixquant+\(method.rawValue)" : method.rawValue
    }

    /// Whether `other` would be quantized to the same codes.
    func isSameWork(as other: Contestant) -> Bool {
      plan.bitWidths == other.plan.bitWidths && recipe == other.recipe
    }
  }

  /// What rounds the weights, in the order of the table.
  package static let methods = [RoundingMethod.nearest, .brecq]

  /// The quantized rows in the order of the table.
  package var contestants: [Contestant] {
    Self.methods.flatMap { method in
      var recipe = recipe
      recipe.method = method
      return [
        Contestant(isMixQuant: false, plan: uniform, recipe: recipe),
        Contestant(isMixQuant: true, plan: mixQuant, recipe: recipe),
      ]
    }
  }

  /// What reconstructs the rows that are.
  private var quantizer: Quantizer {
    var recipe = recipe
    recipe.method = .brecq
    return Quantizer(model.network, recipe: recipe, images: images, workers: workers)
  }

  /// Quantizes and scores every row; a row equal to an earlier one takes its result.
  ///
  /// What is scored is each row's packed file, encoded and read again. Throws where images cannot be
  /// read, where full precision answers no better than chance, and where the memory is too little.
  package func callAsFunction(
    progress: (ComparisonEvent) -> Void = { _ in }
  ) throws -> ComparisonResult {
    let storage = try memory.storage(for: quantizer)
    progress(.began("full-precision"))
    let reference = try evaluator(Classifier(model.network)) {
      progress(.trial(.evaluating(done: $0, of: $1)))
    }
    try requireBetterThanChance(
      reference.predictions.accuracy, classCount: model.network.classCount,
      at: "the evaluation images")
    let fullPrecision = ComparisonRow(fullPrecision: reference.predictions, of: model)
    progress(.finished(fullPrecision))

    var entrants: [Entrant] = []
    for contestant in contestants {
      progress(.began(contestant.name))
      let entrant =
        if let equal = entrants.first(where: { $0.contestant.isSameWork(as: contestant) }) {
          equal.renamed(contestant)
        } else {
          try enter(
            contestant, reference: reference.predictions, storage: storage, progress: progress)
        }
      entrants.append(entrant)
      progress(.finished(entrant.row))
    }
    return ComparisonResult(
      rows: [fullPrecision] + entrants.map(\.row), pValue: Self.pValue(entrants),
      files: Dictionary(uniqueKeysWithValues: entrants.map { ($0.row.name, $0.packed) }),
      skipped: reference.skipped, reference: ReportedReference(reference.predictions),
      networks: entrants.map { reported($0, reference: reference.predictions) })
  }

  /// A contestant's packed file, what it answered, and its row.
  struct Entrant {
    var contestant: Contestant
    let packed: PackedModel
    let units: [UnitReport]
    let predictions: Predictions
    var row: ComparisonRow

    func renamed(_ contestant: Contestant) -> Entrant {
      var entrant = self
      entrant.contestant = contestant
      entrant.row.name = contestant.name
      return entrant
    }
  }

  private static func pValue(_ entrants: [Entrant]) -> Double {
    let reconstructed = entrants.filter { $0.contestant.recipe.method == .brecq }
    let alone = reconstructed.first { !$0.contestant.isMixQuant }
    let planned = reconstructed.first { $0.contestant.isMixQuant }
    guard let alone, let planned else { return 1 }
    return Statistics.mcNemar(alone.predictions, planned.predictions)
  }

  private func enter(
    _ contestant: Contestant, reference: Predictions, storage: CacheStorage,
    progress: (ComparisonEvent) -> Void
  ) throws -> Entrant {
    let trial = Trial(model: model, evaluator: evaluator, storage: storage, workers: workers)
    let outcome = try trial(
      contestant.plan, recipe: contestant.recipe, images: images, name: contestant.name
    ) { progress(.trial($0)) }
    let row = ComparisonRow(
      name: contestant.name, outcome.predictions, reference: reference, packed: outcome.packed,
      seconds: outcome.seconds)
    return Entrant(
      contestant: contestant, packed: outcome.packed, units: outcome.reports,
      predictions: outcome.predictions, row: row)
  }
}

/// What a comparison tells while it works.
package enum ComparisonEvent: Sendable {
  case began(String)
  case trial(TrialEvent)
  case finished(ComparisonRow)
}
