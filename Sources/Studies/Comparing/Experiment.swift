import Allocation
package import Datasets
package import Execution
package import Files
import Foundation
import Graphs
package import MixQuantKit
import Quantization
import Reconstruction

/// Many allocators at equal bytes, over several budgets, methods and seeds
/// (Docs/Guide/EvaluatingAndComparing.md).
///
/// Nothing in it looks at the evaluation images before a cell's packed file is finished.
package struct Experiment: Sendable {
  package let model: CheckpointModel
  package let design: ExperimentDesign
  /// The bytes of the two-width plan at each of the design's targets: what every contestant may use.
  package let budgets: [Int]
  /// The calibration images of each of the design's seeds.
  package let calibration: [CalibrationSet]
  let evaluator: Evaluator
  let memory: MemoryLimit?
  let context: Context
  /// True if evaluation images may be calibration images too.
  let allowsOverlap: Bool
  private let planner: Planner

  /// Throws `usage` for a pool with too few images, for a target outside 2 to 8 bits and for a pin that
  /// fits no site.
  package init(
    model: CheckpointModel, design: ExperimentDesign, pool: ImageSet, evaluator: Evaluator,
    memory: MemoryLimit? = nil, allowsOverlap: Bool = true, context: Context
  ) throws(InputError) {
    self.model = model
    self.design = design
    self.evaluator = evaluator
    self.memory = memory
    self.context = context
    self.allowsOverlap = allowsOverlap
    planner = Planner(
      model, measure: design.measure, rules: design.recipe.rules,
      activations: try design.activationChoices(
        for: model.network, transform: evaluator.transform),
      quantizer: design.recipe.weights, context: context)
    var budgets: [Int] = []
    for target in design.targetBits {
      let plan = try BitPlan.twoWidth(
        averageBits: target, network: model.network, rules: design.recipe.rules)
      budgets.append(plan.payloadBytes(granularity: design.recipe.weights.granularity))
    }
    self.budgets = budgets
    var calibration: [CalibrationSet] = []
    for seed in design.seeds {
      calibration.append(
        try CalibrationSet(
          drawing: design.recipe.calibrationImages, from: pool, seed: seed,
          transform: evaluator.transform, skipBadImages: evaluator.skipBadImages))
    }
    self.calibration = calibration
  }

  /// Does what `store` does not hold yet, keeping every result as it comes.
  ///
  /// Ranks share the images of full precision's evaluation, and then the cells.
  ///
  /// Throws if images cannot be read, if full precision answers no better than chance, and if
  /// results cannot be kept.
  package func callAsFunction(
    store: ResultStore, progress: @escaping (StudyEvent) -> Void = { _ in }
  ) throws -> ExperimentResult {
    // Too little memory is an error before any work.
    let caches = try storage()
    let audit = ImageAudit(
      evaluation: evaluator.images, calibration: calibration.map(\.images),
      classCount: model.network.classCount)
    if !allowsOverlap { try audit.requireNoOverlap() }
    progress(.beganFullPrecision)
    let scored = try evaluator(Classifier(model.network)) {
      progress(.evaluating(done: $0, of: $1))
    }
    let (reference, skipped) = (scored.predictions, scored.skipped)
    try requireBetterThanChance(
      reference.accuracy, classCount: model.network.classCount,
      assumptions: model.assumptions, at: "the evaluation images")
    let identity = WorkIdentity(
      network: model.network, evaluator: evaluator, reference: reference)
    // A trial is the work of one rank.
    let trial = Trial(
      model: model, evaluator: evaluator.alone, reference: reference, caches: caches,
      context: context.alone)
    var run = ExperimentRun(
      self, ExperimentResult(record(identity, reference, audit), skipped: skipped),
      identity: identity, reference: reference, trial: trial, store: store,
      progress: progress)
    try run.finish()
    return run.result
  }

  private func record(
    _ identity: WorkIdentity, _ reference: Predictions, _ audit: ImageAudit
  ) -> ExperimentRecord {
    ExperimentRecord(
      model: model.url.lastPathComponent, architecture: model.network.name,
      network: identity.network, evaluation: identity.evaluation,
      calibration: calibration.map(\.digest), design: design,
      budgets: budgets, images: reference.names, labels: reference.labels,
      fullPrecision: .init(
        answers: reference.classes, bytes: model.payloadBytes,
        correct5: reference.accuracy.correct5),
      audit: audit)
  }

  /// Returns the place of every cell's caches; throws if the memory is too little.
  private func storage() throws -> CacheStorage {
    // Reconstruction takes more than GPTQ, which takes more than rounding to nearest.
    let dearest = RoundingMethod.allCases.last { $0.needsImages && design.methods.contains($0) }
    guard let dearest else { return .memory }
    var recipe = design.recipe
    recipe.method = dearest
    recipe.activationBits = recipe.activationBits ?? design.activations?.candidates.max()
    return try memory.storage(
      for: Quantizer(
        model.network, recipe: recipe, images: calibration[0], context: context.alone))
  }

  /// The maker of all plans, before it made any.
  var unmadePlans: ExperimentPlans {
    ExperimentPlans(planner, activations: design.activations, context: context)
  }

  /// Every contestant's plan at each budget, for the first seed and the first method that does more than
  /// round to nearest, if there is one; throws if a plan cannot be made.
  func firstPlans() throws -> [[BitPlan]] {
    let method = design.methods.first { $0 != .nearest } ?? .nearest
    var plans = unmadePlans
    return try design.targetBits.map { target in
      try design.contestants.map { contestant in
        let cell = ExperimentCell(
          contestant: contestant, method: method, targetBits: target,
          seed: design.seeds[0])
        return try plans(cell, bytes: budget(of: cell), images: images(of: cell))
      }
    }
  }

  /// Returns the payload of a packed file by `plan`.
  func bytes(_ plan: BitPlan) -> Int {
    plan.payloadBytes(granularity: design.recipe.weights.granularity)
  }

  func budget(of cell: ExperimentCell) -> Int {
    zip(design.targetBits, budgets).first { $0.0 == cell.targetBits }?.1 ?? 0
  }

  func images(of cell: ExperimentCell) -> CalibrationSet {
    calibration[design.seeds.firstIndex(of: cell.seed) ?? 0]
  }
}
