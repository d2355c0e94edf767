package import MixQuantKit
package import Reconstruction
package import Datasets
package import Execution
package import Files
import Foundation
import Allocation
import MixQuant
import Graphs
import Quantization

/// Many allocators at equal bytes, over several budgets, methods and seeds (Docs/Guide/EvaluatingAndComparing.md).
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
  let workers: Workers
  private let planner: Planner

  /// Throws `usage` for a pool with too few images, for a target outside 2 to 8 bits and for a pin that
  /// fits no site.
  package init(
    model: CheckpointModel, design: ExperimentDesign, pool: ImageSet, evaluator: Evaluator,
    memory: MemoryLimit? = nil, workers: Workers
  ) throws(InputError) {
    self.model = model
    self.design = design
    self.evaluator = evaluator
    self.memory = memory
    self.workers = workers
    planner = Planner(
      model, measure: design.measure, rules: design.recipe.rules,
      activations: try design.activationChoices(
        for: model.network, transform: evaluator.transform),
      quantizer: design.recipe.weights, workers: workers)
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
  /// Throws where images cannot be read, where full precision answers no better than chance, and where
  /// results cannot be kept.
  package func callAsFunction(
    store: ResultStore, progress: (ExperimentEvent) -> Void = { _ in }
  ) throws -> ExperimentResult {
    var store = store
    let storage = try storage()
    progress(.beganFullPrecision)
    let reference = try evaluator(Classifier(model.network)) {
      progress(.trial(.evaluating(done: $0, of: $1)))
    }.predictions
    try requireBetterThanChance(
      reference.accuracy, classCount: model.network.classCount, at: "the evaluation images")
    let identity = WorkIdentity(network: model.network, evaluator: evaluator)
    var result = ExperimentResult(try record(identity, reference))
    try result.record.requireSameSubject(in: store)

    progress(.audited(result.record.audit))

    var remaining = RemainingTime(design.cells)
    func add(_ score: CellScore, of cell: ExperimentCell, key: String, isKept: Bool) {
      result.add(score, of: cell, key: key)
      remaining.finished(cell, seconds: score.seconds)
      progress(.finished(cell, score, isKept: isKept, secondsLeft: remaining.seconds))
    }
    func begin(_ cell: ExperimentCell) {
      progress(.began(cell, number: result.scores.count + 1, of: design.cells.count))
    }

    // All that is kept goes into the record before it is written for the first time: a run that is cut off
    // again must not leave less than it found.
    var unfinished: [ExperimentCell] = []
    for cell in design.cells {
      guard
        let (key, score) = try keptScore(
          of: cell, identity: identity, imageCount: reference.labels.count, store: store)
      else {
        unfinished.append(cell)
        continue
      }
      begin(cell)
      add(score, of: cell, key: key, isKept: true)
    }
    try result.record.write(to: store)

    var plans = ExperimentPlans(planner, activations: design.activations, workers: workers)
    for cell in unfinished {
      begin(cell)
      let (key, score, isKept) = try score(
        cell, identity: identity, reference: reference, storage: storage, plans: &plans,
        store: &store, progress: progress)
      add(score, of: cell, key: key, isKept: isKept)
      try result.record.write(to: store)
    }
    return result
  }

  private func record(
    _ identity: WorkIdentity, _ reference: Predictions
  ) throws(InputError) -> ExperimentRecord {
    ExperimentRecord(
      model: model.url.lastPathComponent, architecture: model.network.name,
      network: identity.network, evaluation: identity.evaluation, design: design,
      budgets: budgets, images: reference.names, labels: reference.labels,
      fullPrecision: .init(answers: reference.classes, bytes: model.payloadBytes),
      audit: try ImageAudit(
        evaluation: evaluator.images, calibration: calibration.map(\.images),
        classCount: model.network.classCount))
  }

  /// Where every cell's caches go; throws where the memory is too little.
  private func storage() throws -> CacheStorage {
    // Reconstruction takes more than error feedback, which takes more than rounding to nearest.
    let dearest = RoundingMethod.allCases.last { $0.needsImages && design.methods.contains($0) }
    guard let dearest else { return .memory }
    var recipe = design.recipe
    recipe.method = dearest
    recipe.activationBits = recipe.activationBits ?? design.activations?.candidates.max()
    return try memory.storage(
      for: Quantizer(model.network, recipe: recipe, images: calibration[0], workers: workers))
  }

  private func score(
    _ cell: ExperimentCell, identity: WorkIdentity, reference: Predictions,
    storage: CacheStorage, plans: inout ExperimentPlans, store: inout ResultStore,
    progress: (ExperimentEvent) -> Void
  ) throws -> (key: String, score: CellScore, isKept: Bool) {
    let images = images(of: cell)
    let recipe = design.recipe(of: cell)
    let plan = try plan(
      of: cell, identity: identity, plans: &plans, store: &store, progress: progress)
    // Another cell's plan may have been the same.
    let key = identity.scoreKey(plan, recipe: recipe, images: images)
    if let kept = try keptScore(
      key, of: plan, imageCount: reference.labels.count, store: store)
    {
      return (key, kept, true)
    }
    let trial = Trial(model: model, evaluator: evaluator, storage: storage, workers: workers)
    let outcome = try trial(plan, recipe: recipe, images: images, name: cell.description) {
      progress(.trial($0))
    }
    let score = CellScore(outcome, reference: reference)
    try store.keep(score, .cells, key)
    return (key, score, false)
  }

  /// The plan of `cell`, made once.
  private func plan(
    of cell: ExperimentCell, identity: WorkIdentity, plans: inout ExperimentPlans,
    store: inout ResultStore, progress: (ExperimentEvent) -> Void
  ) throws -> BitPlan {
    let (key, kept) = try keptPlan(of: cell, identity: identity, store: store)
    if let kept { return kept }
    let plan = try plans(cell, bytes: budget(of: cell), images: images(of: cell)) {
      progress(.planning($0))
    }
    try store.keep(plan, .plans, key)
    return plan
  }

  /// Every contestant's plan at each budget, for the first seed and the first method that does more than
  /// round to nearest, if there is one; throws where a plan cannot be made.
  func firstPlans() throws -> [[BitPlan]] {
    let method = design.methods.first { $0 != .nearest } ?? .nearest
    var plans = ExperimentPlans(planner, activations: design.activations, workers: workers)
    return try design.targetBits.map { target in
      try design.contestants.map { contestant in
        let cell = ExperimentCell(
          contestant: contestant, method: method, targetBits: target,
          seed: design.seeds[0])
        return try plans(cell, bytes: budget(of: cell), images: images(of: cell))
      }
    }
  }

  func budget(of cell: ExperimentCell) -> Int {
    zip(design.targetBits, budgets).first { $0.0 == cell.targetBits }?.1 ?? 0
  }

  func images(of cell: ExperimentCell) -> CalibrationSet {
    calibration[design.seeds.firstIndex(of: cell.seed) ?? 0]
  }
}

/// What an experiment tells while it works.
package enum ExperimentEvent: Sendable {
  case beganFullPrecision
  case audited(ImageAudit)
  case began(ExperimentCell, number: Int, of: Int)
  /// The share that is measured of what an allocator decides by.
  case planning(Double)
  case trial(TrialEvent)
  /// - Parameters:
  ///   - isKept: whether it was equal work that had been done before.
  ///   - secondsLeft: for all cells that remain, if none of them is equal work.
  case finished(ExperimentCell, CellScore, isKept: Bool, secondsLeft: Double)
}
