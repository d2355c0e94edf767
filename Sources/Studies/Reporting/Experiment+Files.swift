import Allocation
import Execution
package import Files
package import Foundation
import Graphs
import MixQuant
import MixQuantKit
import Quantization
import Reconstruction
package import Reports

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
        because: conflict, try: "choose another folder, or use --force")
    }
    // Finished cells without a record are those of a run that was cut off.
    guard !ResultStore.hasResults(in: folder) else { return }
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
    let report = try report(
      on: result, outcome, store: ResultStore(folder: folder), command: command, isTimed: isTimed)
    for (name, text) in report.files {
      try AtomicFile.write(
        Data(text.utf8), to: folder.appending(path: name), overwriting: true)
    }
  }

  /// Returns the report on `result`; throws if an image cannot be read again.
  ///
  /// - Parameter store: Holds the packed files, and keeps what the report measures.
  package func report(
    on result: ExperimentResult, _ outcome: ExperimentOutcome, store: ResultStore,
    command: String = "", isTimed: Bool = false
  ) throws -> Report {
    try ReportBuilder(
      self, sensitivity: try sensitivity(store: store), command: command, isTimed: isTimed)(
        result, outcome
      ) { try store.packed($0) }
  }

  /// Returns the table of the weighted allocator if it takes part, measured once on the first seed's images.
  private func sensitivity(store: ResultStore) throws -> ErrorTable? {
    guard design.allocators.contains(Allocator.mixQuantWeighted.rawValue) else { return nil }
    var store = store
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
}

extension ResultStore {
  /// Returns the packed file of a row's first seed, or nil if it is not kept; throws `badData` if it is damaged.
  fileprivate func packed(_ row: SummaryRow) throws(InputError) -> PackedModel? {
    let name = row.cell.fileName
    guard let digest = row.file, let file = try file(name, digest: digest) else { return nil }
    return try PackedModel(fileBytes: file, at: name)
  }
}
