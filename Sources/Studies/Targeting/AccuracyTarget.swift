package import Allocation
package import Execution
package import Foundation
package import MixQuantKit
package import Quantization

/// A search for the smallest packed file whose top-1 is within a limit of full precision's.
///
/// Docs/Guide/ChoosingBits.md describes it.
package struct AccuracyTarget: Sendable {
  let model: CheckpointModel
  let recipe: QuantizationRecipe
  let planner: Planner
  let allocator: Allocator
  package let images: CalibrationSet
  let evaluator: Evaluator
  let limit: DropLimit
  /// The limit on the time of the whole search, in seconds.
  let timeBudget: Double?
  let output: URL
  let memory: MemoryLimit?
  let context: Context

  /// The number of budgets for which plans are made.
  ///
  /// The step between two of them is less than a hundredth of the way from the narrowest to the widest plan.
  static let rungs = 127

  /// - Parameters:
  ///   - planner: A planner with the tables that need no images.
  ///   - images: The calibration images.
  ///   - evaluator: The evaluation on the images that judge.
  ///   - output: The place of the smallest file so far. A record of the trials is beside it until the
  ///     search is over.
  package init(
    model: CheckpointModel, recipe: QuantizationRecipe, planner: Planner, allocator: Allocator,
    images: CalibrationSet, evaluator: Evaluator, limit: DropLimit, timeBudget: Double?,
    output: URL, memory: MemoryLimit? = nil, context: Context
  ) {
    self.model = model
    self.recipe = recipe
    self.planner = planner
    self.allocator = allocator
    self.images = images
    self.evaluator = evaluator
    self.limit = limit
    self.timeBudget = timeBudget
    self.output = output
    self.memory = memory
    self.context = context
  }

  /// Returns the plans to search, the smallest first; throws an error if images cannot be read.
  package func ladder(
    progress: (Double) -> Void = { _ in }
  ) throws -> [BitPlan] {
    let measured = try planner.measuring([allocator.table], on: images, context: context) {
      progress($1)
    }
    return try measured.ladder(of: allocator, rungs: Self.rungs, seed: recipe.seed)
  }

  /// Runs the search.
  ///
  /// - Throws: An error if images cannot be read, if full precision is no better than chance, if files
  ///   cannot be written, or if the memory limit is too small.
  package func callAsFunction(
    progress: (StudyEvent) -> Void = { _ in }
  ) throws -> AccuracyTargetResult {
    let clock = ContinuousClock()
    let start = clock.now
    let (reference, scoringSeconds) = try scoreFullPrecision(progress)
    let plans = try ladder { progress(.planning($0)) }
    let estimated = try Quantizer(model.network, recipe: recipe, images: images, context: context)
      .estimate()
    let (storage, estimate) = try memory.storage(for: estimated)
    var work = try TargetWork(
      self, plans: plans, reference: reference, storage: storage,
      secondsPerTrial: (estimate?.seconds ?? secondsToRound(plans[0])) + scoringSeconds)
    let forecast = TrialForecast(
      plans: plans.count, trials: Bisection(count: plans.count).triesLeft,
      secondsSpent: (clock.now - start).seconds, secondsPerTrial: work.secondsPerTrial,
      estimate: estimate, knownTrials: work.knownTrials)
    progress(.planned(forecast))

    var search = Bisection(count: plans.count)
    while let index = search.next, hasTime(for: work.expectedSeconds(index), since: start) {
      let isGood = try work.attempt(
        index, triesToFollow: search.triesLeft - 1, progress: progress)
      search.record(index, isGood: isGood)
    }
    let best = try search.found.map { try work.onDisk($0, progress: progress) }
    return AccuracyTargetResult(
      target: self, fullPrecisionTop1: reference.accuracy.top1, trials: work.trials.map(\.row),
      best: best, trialsLeft: search.triesLeft, secondsPerTrial: work.secondsPerTrial,
      seconds: (clock.now - start).seconds, forecast: forecast)
  }

  /// Returns true if a search that began at `start` has `seconds` left; known results need no time.
  private func hasTime(for seconds: Double, since start: ContinuousClock.Instant) -> Bool {
    guard let timeBudget, seconds > 0 else { return true }
    return (ContinuousClock.now - start).seconds + seconds <= timeBudget
  }

  private func scoreFullPrecision(
    _ progress: (StudyEvent) -> Void
  ) throws -> (predictions: Predictions, seconds: Double) {
    progress(.beganFullPrecision)
    let scored = try evaluator(Classifier(model.network)) {
      progress(.evaluating(done: $0, of: $1))
    }
    try requireBetterThanChance(
      scored.predictions.accuracy, classCount: model.classCount,
      assumptions: model.assumptions, at: "the images of --data")
    return (scored.predictions, scored.seconds)
  }

  private func secondsToRound(_ plan: BitPlan) -> Double {
    timed {
      QuantizedNetwork.quantizing(
        model.network, plan: plan, quantizer: recipe.weights, context: context)
    }.seconds
  }

  /// The file of the report, beside the packed file.
  var report: URL { output.appendingPathExtension("report.json") }

  /// The packed file's record of the images that chose it.
  var selection: Selection { Selection(by: evaluator.images, limit: limit) }
}
