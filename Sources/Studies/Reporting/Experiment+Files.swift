import Allocation
import Execution
package import Files
package import Foundation
import Graphs
import MixQuant
import MixQuantKit
import Quantization
import Reconstruction
import Reports

extension Experiment {
  /// Throws `cannotWrite` if `folder` holds the report of another comparison, or an experiment with cells that
  /// this one leaves out, unless that may be overwritten.
  ///
  /// An experiment that resumes or grows writes its own report anew.
  package func requireWritable(_ folder: URL, overwriting: Bool) throws(InputError) {
    func isThere(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.appending(path: name).path)
    }
    guard !overwriting else { return }
    if isThere(ExperimentRecord.fileName) {
      let other = try ExperimentRecord(contentsOf: folder).design
      guard let conflict = design.conflict(with: other) else { return }
      throw InputError(
        .otherWork, "cannot continue the experiment", at: folder.path,
        because: conflict,
        try: "ask for all of it, choose another folder, or use --force")
    }
    let names = Report.fileNames(methods: design.methods.map(\.rawValue))
    guard let other = names.first(where: isThere) else { return }
    throw InputError(
      .outputExists, "cannot write the report", at: folder.appending(path: other).path,
      because: "it exists and belongs to no experiment that could continue here",
      try: "choose another folder, or use --force")
  }

  /// Writes the report on `result` into the folder that holds its scores, over an earlier one; throws
  /// `cannotWrite`, and if a flipped image cannot be read again.
  /// - Parameters:
  ///   - command: The command line.
  ///   - isTimed: True to put measured times into the report, which then differs from run to run.
  package func write(
    _ result: ExperimentResult, _ outcome: ExperimentOutcome, to folder: URL,
    command: String = "", isTimed: Bool = false
  ) throws {
    var store = try ResultStore(folder: folder)
    let report = try report(
      on: result, outcome, store: &store, command: command, isTimed: isTimed)
    for (name, text) in report.files {
      try AtomicFile.write(
        Data(text.utf8), to: folder.appending(path: name), overwriting: true)
    }
  }

  /// An experiment with all that is drawn of it.
  private func report(
    on result: ExperimentResult, _ outcome: ExperimentOutcome, store: inout ResultStore,
    command: String, isTimed: Bool
  ) throws -> Report {
    let networks = outcome.experiments.flatMap(\.rows).map(reported)
    let verdict = outcome.verdict
    return try ReportBuilder(
      self, sensitivity: try sensitivity(store: &store), command: command, isTimed: isTimed)(
        result, networks, answers: verdict.answers.isEmpty ? [] : verdict.sentences,
        tests: verdict.tables, notes: verdict.tables.isEmpty ? [] : [Verdict.legend])
  }

  /// Returns the table of the weighted allocator if it takes part, measured once on the first seed's images.
  private func sensitivity(store: inout ResultStore) throws -> ErrorTable? {
    guard design.allocators.contains(Allocator.mixQuantWeighted.rawValue) else { return nil }
    let key = WorkIdentity(network: model.network, evaluator: evaluator)
      .tableKey(images: calibration[0], quantizer: design.recipe.weights)
    let layers = model.network.weightLayers
    if let kept: [[Double]] = try store.value(.tables, key),
      kept.map(\.count) == layers.map({ _ in BitWidth.all.count })
    {
      return ErrorTable(
        model: model.network.name, quantity: .divergence, layers: layers, values: kept)
    }
    let planner = Planner(
      model, rules: design.recipe.rules, quantizer: design.recipe.weights, context: context.alone)
    let errors = try planner.measuring([.divergence], on: calibration[0], context: context.alone)
      .errors(of: .divergence)
    try store.keep(
      layers.indices.map { row in BitWidth.all.map { errors[row, $0] } }, .tables, key)
    return errors
  }

  /// A row as reports need it; plan, answers and units are those of its first seed.
  private func reported(_ row: ExperimentSummary.Row) -> ReportedNetwork {
    let scores = row.scores
    let isFill = ExperimentDesign.randomFill(of: scores.contestant) != nil
    let score = scores.scores[0]
    var reported = Report.Row(
      name: row.name + (design.targetBits.count > 1 ? ", \(row.targetBits) bits" : ""),
      allocator: isFill ? ExperimentDesign.random : scores.contestant,
      method: row.method.rawValue, bytes: scores.bytes, averageBits: score.plan.averageBits())
    reported.top1 = .init(scores.top1, row.top1Interval)
    reported.kl = .init(scores.kl, row.klInterval)
    (reported.top5, reported.flips) = (scores.top5, scores.flips)
    (reported.images, reported.seconds) = (score.answers.count, scores.seconds)
    return ReportedNetwork(
      cell: ExperimentCell(
        contestant: scores.contestant, method: row.method, targetBits: row.targetBits,
        seed: scores.seeds[0]),
      score: score, row: reported)
  }
}
