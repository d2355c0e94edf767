import Execution
import Files
import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reports

/// One run of an experiment: it does what its store does not hold yet, and keeps every result as it comes.
///
/// Somebody may have edited what an earlier run left in the store: every value is checked.
struct ExperimentRun {
  private let experiment: Experiment
  private let identity: WorkIdentity
  private let reference: Predictions
  private let trial: Trial
  private let progress: (StudyEvent) -> Void
  private var store: ResultStore
  private var plans: ExperimentPlans
  private var remaining: RemainingTime
  private(set) var result: ExperimentResult

  /// - Parameters:
  ///   - result: The record before any cell is finished.
  ///   - reference: Full precision's answers.
  init(
    _ experiment: Experiment, _ result: ExperimentResult, identity: WorkIdentity,
    reference: Predictions, trial: Trial, store: ResultStore,
    progress: @escaping (StudyEvent) -> Void
  ) {
    self.experiment = experiment
    self.result = result
    self.identity = identity
    self.reference = reference
    self.trial = trial
    self.store = store
    self.progress = progress
    plans = experiment.unmadePlans
    remaining = RemainingTime(experiment.design.cells)
  }

  /// Finishes all cells; throws if images cannot be read and if results cannot be read or kept.
  mutating func finish() throws {
    try result.record.requireSameSubject(in: store)
    progress(.audited(result.record.audit))
    // All that is kept goes into the record before it is written for the first time: a run that is cut off
    // again must not leave less than it found.
    var unfinished: [ExperimentCell] = []
    for cell in experiment.design.cells where try !takeKept(cell) { unfinished.append(cell) }
    try result.record.write(to: store)
    var rest = unfinished[...]
    while !rest.isEmpty {
      let wave = try nextWave(of: &rest)
      try finish(wave, by: try newScores(of: wave))
      try result.record.write(to: store)
    }
  }

  /// - Parameter before: The number of cells that began but have no score yet.
  private func begin(_ cell: ExperimentCell, before: Int = 0) {
    progress(
      .began(
        name: cell.description, number: result.scores.count + before + 1,
        of: experiment.design.cells.count))
  }

  /// Cells that are worked on at the same time, each by one rank.
  private struct Wave {
    struct Work {
      let cell: ExperimentCell
      let plan: BitPlan
      let key: String
      /// The score of equal work that is kept.
      let kept: CellScore?
      /// True if an earlier cell of the wave is the same work.
      let isRepeated: Bool
    }

    var works: [Work] = []

    /// The works that a rank must do, one per rank at most.
    var new: [Work] { works.filter { $0.kept == nil && !$0.isRepeated } }
  }

  /// Makes the plans of the next cells, until every rank has work.
  private mutating func nextWave(of rest: inout ArraySlice<ExperimentCell>) throws -> Wave {
    var wave = Wave()
    let ranks = experiment.context.ranks.count
    while wave.new.count < ranks, ranks > 1 || wave.works.isEmpty, let cell = rest.popFirst() {
      begin(cell, before: wave.works.count)
      let plan = try plan(of: cell)
      // Another cell's plan may have been the same.
      let (key, kept) = try keptScore(of: cell, plan)
      wave.works.append(
        .init(
          cell: cell, plan: plan, key: key, kept: kept,
          isRepeated: wave.works.contains { $0.key == key }))
    }
    return wave
  }

  /// Returns the scores and packed files of the wave's new works, each done by one rank.
  private mutating func newScores(of wave: Wave) throws -> [String: FinishedCell] {
    let (ranks, works) = (experiment.context.ranks, wave.new)
    var finished: [String: FinishedCell] = [:]
    if ranks.rank < works.count {
      let work = works[ranks.rank]
      finished[work.key] = try newScore(of: work.cell, work.plan, key: work.key)
    }
    guard ranks.count > 1 else { return finished }
    let own = works.indices.contains(ranks.rank) ? finished[works[ranks.rank].key] : nil
    let parts = ranks.exchange(own?.encoded ?? Data())
    for (work, bytes) in zip(works, parts) {
      finished[work.key] = try FinishedCell(bytes)
    }
    return finished
  }

  /// Keeps the scores of a wave and adds them in the order of its cells.
  private mutating func finish(_ wave: Wave, by finished: [String: FinishedCell]) throws {
    for work in wave.works {
      if let score = work.kept {
        add(score, of: work.cell, key: work.key, isKept: true)
      } else if let new = finished[work.key] {
        try keepFile(new.file, of: work.cell, new.score)
        if !work.isRepeated { try store.keep(new.score, .cells, work.key) }
        add(new.score, of: work.cell, key: work.key, isKept: work.isRepeated)
      }
    }
  }

  private mutating func add(
    _ score: CellScore, of cell: ExperimentCell, key: String, isKept: Bool
  ) {
    result.add(score, of: cell, key: key)
    store.removeState(key)
    remaining.finished(cell, seconds: score.seconds)
    let figures =
      String(format: "top-1 %.2f %%, KL ", score.accuracy.top1) + Numbers.nats(score.kl)
    progress(
      .finished(
        summary: "\(cell.description): \(figures)", seconds: score.seconds, isKept: isKept,
        secondsLeft: remaining.seconds))
  }

  /// Adds the score of `cell` and returns true if it and its plan are kept.
  private mutating func takeKept(_ cell: ExperimentCell) throws -> Bool {
    guard let plan = try keptPlan(of: cell).plan else { return false }
    let (key, score) = try keptScore(of: cell, plan)
    guard let score else { return false }
    begin(cell)
    add(score, of: cell, key: key, isKept: true)
    return true
  }

  private func newScore(
    of cell: ExperimentCell, _ plan: BitPlan, key: String
  ) throws -> FinishedCell {
    let outcome = try trial(
      plan, recipe: experiment.design.recipe(of: cell), images: experiment.images(of: cell),
      name: cell.description, state: try store.stateURL(key), progress: progress)
    return FinishedCell(outcome, reference: reference)
  }

  private mutating func plan(of cell: ExperimentCell) throws -> BitPlan {
    let (key, kept) = try keptPlan(of: cell)
    if let kept { return kept }
    let bytes = experiment.budget(of: cell)
    let progress = progress
    let plan = try plans(cell, bytes: bytes, images: experiment.images(of: cell)) {
      progress(.planning($0))
    }
    try store.keep(plan, .plans, key)
    return plan
  }

  /// Returns the key of the score of `cell` by `plan`, and the score if it is kept with its packed file;
  /// throws `badData` for a score of another plan or of other images.
  private func keptScore(
    of cell: ExperimentCell, _ plan: BitPlan
  ) throws(InputError) -> (key: String, score: CellScore?) {
    let key = identity.scoreKey(
      plan, recipe: experiment.design.recipe(of: cell), images: experiment.images(of: cell))
    guard let kept: CellScore = try store.value(.cells, key) else { return (key, nil) }
    try kept.requireImages(reference.labels.count, at: key)
    try kept.requirePlan(plan, at: key)
    return (key, try hasFile(of: cell, kept) ? kept : nil)
  }

  /// Keeps the packed file of a cell of the first seed, and its plan.
  private func keepFile(
    _ file: Data, of cell: ExperimentCell, _ score: CellScore
  ) throws(InputError) {
    guard cell.seed == experiment.design.seeds[0] else { return }
    try store.keep(file, name: cell.fileName)
    try store.keep(Data(score.plan.json.utf8), name: cell.planName)
  }

  /// Returns true if the packed file of `cell` is in the store, or need not be.
  ///
  /// An earlier cell that was the same work has the same file.
  private func hasFile(of cell: ExperimentCell, _ score: CellScore) throws(InputError) -> Bool {
    guard store.folder != nil, cell.seed == experiment.design.seeds[0] else { return true }
    guard let digest = score.file else { return false }
    if try store.file(cell.fileName, digest: digest) != nil { return true }
    for (other, score) in result.finished where score.file == digest {
      guard let file = try store.file(other.fileName, digest: digest) else { continue }
      try keepFile(file, of: cell, score)
      return true
    }
    return false
  }

  /// Returns the key of the plan of `cell`, and the plan if it is kept; throws `badData` for one that could
  /// not have been made.
  private func keptPlan(
    of cell: ExperimentCell
  ) throws(InputError) -> (key: String, plan: BitPlan?) {
    let bytes = experiment.budget(of: cell)
    let key = identity.planKey(
      cell, bytes: bytes, images: experiment.images(of: cell), design: experiment.design)
    let kept: BitPlan? = try store.value(.plans, key)
    let network = experiment.model.network
    guard let kept, kept.layers != network.weightLayers || experiment.bytes(kept) > bytes else {
      return (key, kept)
    }
    throw InputError(
      .badKeptResult, "cannot read a kept plan", at: "plans/\(key).json",
      because: "it is not one of at most \(bytes) bytes for \(network.name)",
      try: "remove the file; its work will be done again")
  }
}
