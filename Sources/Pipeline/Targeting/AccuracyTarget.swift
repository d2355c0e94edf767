import Checkpoints
import Datasets
package import Foundation
package import MixQuant
import Networks
package import Quantization
package import Tensors

/// The smallest packed file whose top-1 is within a limit of full precision's (Docs/AccuracyTarget.md).
package struct AccuracyTarget: Sendable {
  let model: CheckpointModel
  let recipe: QuantizationRecipe
  let planner: Planner
  let allocator: Allocator
  let images: CalibrationSet
  let evaluator: Evaluator
  let limit: DropLimit
  /// What all may take together, in seconds.
  let timeBudget: Double?
  let output: URL
  let workers: Workers

  /// Budgets that plans are made for; the last step of the search is a hundredth of the way from 2 to 8
  /// bits or less.
  static let rungs = 127

  /// - Parameters:
  ///   - planner: has the tables that need no images.
  ///   - images: calibrated on.
  ///   - evaluator: judges on these images.
  ///   - output: holds the smallest file so far at all times; a record of the trials is beside it until
  ///     the search is over.
  package init(
    model: CheckpointModel, recipe: QuantizationRecipe, planner: Planner, allocator: Allocator,
    images: CalibrationSet, evaluator: Evaluator, limit: DropLimit, timeBudget: Double?,
    output: URL, workers: Workers
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
    self.workers = workers
  }

  /// The plans that are searched, the smallest first; throws where images cannot be read.
  package func ladder(
    progress: (Double) -> Void = { _ in }
  ) throws -> [BitWidthAssignment] {
    let measured = try planner.measuring([allocator.table], on: images, workers: workers) {
      progress($1)
    }
    return try measured.ladder(of: allocator, rungs: Self.rungs, seed: recipe.seed)
  }

  /// Searches; throws where images cannot be read, where full precision answers no better than chance,
  /// and where files cannot be written.
  package func callAsFunction(
    progress: (AccuracyTargetEvent) -> Void = { _ in }
  ) throws -> AccuracyTargetResult {
    let clock = ContinuousClock()
    let start = clock.now
    progress(.beganFullPrecision)
    let scored = try evaluator(Classifier(model.network)) {
      progress(.trial(.evaluating(done: $0, of: $1)))
    }
    try requireBetterThanChance(
      scored.predictions.accuracy, classCount: model.network.classCount, at: "the images of --data")
    let plans = try ladder { progress(.planning($0)) }
    let identity = WorkIdentity(network: model.network, evaluator: evaluator)
    let keys = plans.map { identity.scoreKey($0, recipe: recipe, images: images) }
    var record = try TargetRecord(beside: output, identity: identity, limit: limit)
    try record.write(beside: output)

    let estimate = try quantizer.estimate()
    var trialSeconds = (estimate?.seconds ?? 0) + scored.seconds
    let tries = Bisection(count: plans.count).triesLeft
    progress(
      .planned(
        plans: plans.count, tries: tries, secondsPerTry: trialSeconds, estimate: estimate,
        known: keys.count { record[$0] != nil }))

    var trials: [TargetTrial] = []
    let search = TimedBisection(count: plans.count, timeBudget: timeBudget)
    let ending = try search(
      elapsed: { (clock.now - start).seconds },
      expectedSeconds: { record[keys[$0]] == nil ? trialSeconds : 0 }
    ) { index, triesToFollow in
      progress(.began(plans[index], number: trials.count + 1, of: trials.count + 1 + triesToFollow))
      let known = record[keys[index]]
      let trial = try known ?? run(plans[index], key: keys[index], reference: scored.predictions) {
        progress(.trial($0))
      }
      record.add(trial)
      try record.write(beside: output)
      trials.append(trial)
      trialSeconds = trials.map(\.seconds).max() ?? trialSeconds
      progress(
        .finished(
          trial.row(limit), isKnown: known != nil,
          secondsLeft: trialSeconds * Double(triesToFollow)))
      return limit.holds(trial.drop)
    }
    let best = try ending.found.flatMap { record[keys[$0]] }.map {
      try onDisk($0, reference: scored.predictions, progress: progress)
    }
    if ending.triesLeft == 0 { TargetRecord.remove(beside: output) }
    return AccuracyTargetResult(
      target: self, fullPrecisionTop1: scored.predictions.accuracy.top1, trials: trials, best: best,
      triesLeft: ending.triesLeft, secondsPerTry: trialSeconds,
      seconds: (clock.now - start).seconds,
      estimatedSeconds: Double(tries) * ((estimate?.seconds ?? 0) + scored.seconds),
      estimatedBytes: estimate?.bytes)
  }

  private var quantizer: Quantizer {
    Quantizer(model.network, recipe: recipe, images: images, workers: workers)
  }

  /// Quantizes by `plan` and scores; what is within the limit is smaller than all that was before, and
  /// takes its place.
  private func run(
    _ plan: BitWidthAssignment, key: String, reference: Predictions,
    progress: (TrialEvent) -> Void
  ) throws -> TargetTrial {
    let clock = ContinuousClock()
    let start = clock.now
    let trial = Trial(model: model, evaluator: evaluator, workers: workers)
    let outcome = try trial(
      plan, recipe: recipe, images: images, name: output.lastPathComponent, progress: progress)
    let drop = AccuracyDrop(outcome.predictions.isCorrect, from: reference.isCorrect)
    var digest: String?
    if limit.holds(drop) {
      let file = outcome.packed.chosen(by: selection).encoded.encoded
      try AtomicFile.write(file, to: output, overwriting: true)
      digest = SHA256.hexDigest(of: file)
    }
    return TargetTrial(
      key: key, plan: plan, bytes: outcome.packed.payloadBytes,
      averageFreeBits: planner.averageFreeBits(plan), top1: outcome.predictions.accuracy.top1,
      drop: drop, seconds: (clock.now - start).seconds, fileDigest: digest, units: outcome.reports)
  }

  package var selection: Selection { Selection(by: evaluator.images, limit: limit) }

  /// `trial`, done again if an interrupted search did it and its file is not there any more.
  private func onDisk(
    _ trial: TargetTrial, reference: Predictions, progress: (AccuracyTargetEvent) -> Void
  ) throws -> TargetTrial {
    let present = try? SHA256.hexDigest(ofFile: output)
    guard present == nil || present != trial.fileDigest else { return trial }
    return try run(trial.plan, key: trial.key, reference: reference) { progress(.trial($0)) }
  }
}

/// What a search for the smallest file tells while it works.
package enum AccuracyTargetEvent: Sendable {
  case beganFullPrecision
  /// The share that is measured of what the allocator decides by.
  case planning(Double)
  /// - Parameters:
  ///   - plans: how many are searched.
  ///   - tries: how many of them will be tried at most.
  ///   - known: those that an interrupted search has tried.
  case planned(
    plans: Int, tries: Int, secondsPerTry: Double, estimate: RunEstimate?, known: Int)
  case began(BitWidthAssignment, number: Int, of: Int)
  case trial(TrialEvent)
  /// - Parameter secondsLeft: for all tries that may follow.
  case finished(TargetTrial.Row, isKnown: Bool, secondsLeft: Double)
}
