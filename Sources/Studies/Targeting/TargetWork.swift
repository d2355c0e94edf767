import Execution
import Files
import Foundation
import MixQuantKit
import Quantization

/// The trials of a search for the smallest file.
///
/// Each trial is done once and recorded. Its file is written if it is within the limit.
struct TargetWork {
  private let target: AccuracyTarget
  private let plans: [BitPlan]
  /// The hash of everything that decides a trial, one per plan.
  private let keys: [String]
  private let reference: Predictions
  /// The place of reconstruction's caches.
  private let storage: CacheStorage
  /// The record beside the output.
  private var store: ResultStore
  /// The finished trial of each plan; nil if the plan was not tried.
  private var known: [TargetTrial?]
  /// The trials in the order in which they were done.
  private(set) var trials: [TargetTrial] = []
  /// The expected time of a trial in seconds: that of the longest so far.
  private(set) var secondsPerTrial: Double

  /// Opens the record beside the output, or begins one.
  ///
  /// - Parameter reference: The predictions of full precision.
  /// - Throws: `cannotWrite` if the record belongs to another search, and `badData` if it is damaged.
  init(
    _ target: AccuracyTarget, plans: [BitPlan], reference: Predictions,
    storage: CacheStorage, secondsPerTrial: Double
  ) throws(InputError) {
    self.target = target
    self.plans = plans
    self.reference = reference
    self.storage = storage
    self.secondsPerTrial = secondsPerTrial
    let identity = WorkIdentity(network: target.model.network, evaluator: target.evaluator)
    keys = plans.map {
      identity.scoreKey($0, recipe: target.recipe, images: target.images)
    }
    store = try SearchRecord.store(
      beside: target.output, identity: identity, limit: target.limit)
    known = []
    for key in keys { known.append(try store.value(.trials, key)) }
  }

  /// The number of trials of these plans that an interrupted search has done.
  var knownTrials: Int { known.count { $0 != nil } }

  /// Returns the expected time of the trial of the plan at `index`, in seconds; 0 if it is known.
  func expectedSeconds(_ index: Int) -> Double {
    known[index] == nil ? secondsPerTrial : 0
  }

  /// Returns true if the plan at `index` is within the limit; tries it unless that is known.
  mutating func attempt(
    _ index: Int, triesToFollow: Int, progress: (StudyEvent) -> Void
  ) throws -> Bool {
    let number = trials.count + 1
    let name = String(format: "%.2f bits per weight", plans[index].averageBits())
    progress(.began(name: name, number: number, of: number + triesToFollow))
    let earlier = known[index]
    let trial = try earlier ?? run(index, progress: progress)
    trials.append(trial)
    secondsPerTrial = trials.map(\.row.seconds).max() ?? secondsPerTrial
    progress(
      .finished(
        summary: trial.row.summary, seconds: trial.row.seconds, isKept: earlier != nil,
        secondsLeft: secondsPerTrial * Double(triesToFollow)))
    return trial.row.kept
  }

  /// Returns the trial of the plan at `index`; repeats it if its file is no longer on disk.
  mutating func onDisk(
    _ index: Int, progress: (StudyEvent) -> Void
  ) throws -> TargetTrial {
    if let trial = known[index], let digest = trial.fileDigest,
      let present = try? SHA256.hexDigest(ofFile: target.output), present == digest
    {
      return trial
    }
    return try run(index, progress: progress)
  }

  /// Quantizes, scores and records the plan at `index`.
  ///
  /// A plan within the limit is smaller than all earlier ones within it, so its file replaces theirs. The
  /// trial is recorded first, so that the record knows every file on disk.
  private mutating func run(
    _ index: Int, progress: (StudyEvent) -> Void
  ) throws -> TargetTrial {
    let clock = ContinuousClock()
    let start = clock.now
    let trial = Trial(
      model: target.model, evaluator: target.evaluator, caches: storage, context: target.context)
    let outcome = try trial(
      plans[index], recipe: target.recipe, images: target.images,
      name: target.output.lastPathComponent, state: try store.stateURL(keys[index]),
      progress: progress)
    let drop = AccuracyDrop(outcome.predictions.isCorrect, from: reference.isCorrect)
    let isKept = target.limit.holds(drop)
    let packed = outcome.packed
    let file = isKept ? packed.chosen(by: target.selection).fileBytes : nil
    let finished = TargetTrial(
      row: TargetTrial.Row(
        averageBits: packed.plan.averageBits(),
        averageFreeBits: target.planner.averageFreeBits(plans[index]), bits: packed.plan.bitWidths,
        bytes: packed.payloadBytes, top1: outcome.predictions.accuracy.top1, drop: drop.points,
        dropInterval: drop.interval, seconds: (clock.now - start).seconds, kept: isKept),
      fileDigest: file.map(SHA256.hexDigest(of:)), units: outcome.reports)
    known[index] = finished
    let wasOwn = SearchRecord.wrote(target.output)
    try store.keep(finished, .trials, keys[index])
    store.removeState(keys[index])
    if let file {
      // The report of an earlier file must not remain beside the new file.
      if !wasOwn { try? FileManager.default.removeItem(at: target.report) }
      try AtomicFile.write(file, to: target.output, overwriting: true)
    }
    return finished
  }
}
