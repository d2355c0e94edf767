import Allocation
import Checkpoints
package import Files
package import Foundation
import MixQuantKit
import Quantization
import Reconstruction
package import Reports

extension PlainComparison {
  /// Returns the names of the files that `write` puts into a folder.
  package static func fileNames(of design: ExperimentDesign) -> [String] {
    ["comparison.json", "plan-alone.json", "plan-mixquant.json"]
      + Report.fileNames(methods: design.methods.map(\.rawValue))
      + design.cells.map { "\(name(of: $0)).safetensors" }
  }

  /// Returns the folder in which a comparison with the output `folder` keeps its finished work.
  package static func stateURL(beside folder: URL) -> URL {
    let folder = folder.standardizedFileURL
    return folder.deletingLastPathComponent()
      .appending(path: "\(folder.lastPathComponent).state")
  }

  private static let written = "written"

  /// Returns true if an interrupted comparison, whose work is kept beside `folder`, wrote `folder`.
  package static func wrote(_ folder: URL) throws(InputError) -> Bool {
    let state = stateURL(beside: folder)
    guard AtomicFile.type(at: state) != nil else { return false }
    let digest: String? = try ResultStore(folder: state).value(.tables, written)
    guard let digest else { return false }
    return digest == (try? SHA256.hexDigest(ofFile: folder.appending(path: "comparison.json")))
  }

  /// Writes the report, both plans, and every packed file into a folder that appears only when all of it
  /// is there; throws `cannotWrite`, and if a flipped image cannot be read again.
  ///
  /// - Parameters:
  ///   - store: Keeps the hash of the table. If the process is killed before the store is removed, the
  ///     next run may therefore write over the folder.
  ///   - command: The command line.
  ///   - isTimed: True to put measured times into the report, which then differs from run to run.
  package func write(
    _ outcome: Outcome, to folder: URL, overwriting: Bool, store: ResultStore,
    command: String = "", isTimed: Bool = false
  ) throws {
    let table = json(outcome.table, isPretty: true, keys: .convertToSnakeCase)
    let texts =
      try report(on: outcome, command: command, isTimed: isTimed).files + [
        ("comparison.json", table), ("plan-alone.json", alone.json),
        ("plan-mixquant.json", mixQuant.json),
      ]
    var store = store
    try store.keep(SHA256.hexDigest(of: Data(table.utf8)), .tables, Self.written)
    try AtomicFolder.write(to: folder, overwriting: overwriting) { staging throws(InputError) in
      for (name, text) in texts {
        try AtomicFile.write(
          Data(text.utf8), to: staging.appending(path: name), overwriting: false)
      }
      for (name, packed) in outcome.files {
        try packed.encoded.write(
          to: staging.appending(path: "\(name).safetensors"), overwriting: false)
      }
    }
  }

  /// Returns the finished comparison with everything that is drawn of it.
  package func report(
    on outcome: Outcome, command: String = "", isTimed: Bool = false
  ) throws -> Report {
    let rows = outcome.table.rows.dropFirst()
    let networks = zip(outcome.result.finished, rows).map { finished, row in
      ReportedNetwork(
        cell: finished.cell, score: finished.score,
        row: Report.Row(row, finished.cell, finished.score))
    }
    return try ReportBuilder(experiment, command: command, isTimed: isTimed)(
      outcome.result, networks, answers: [answer(outcome.table)], files: outcome.files)
  }
}

extension Report.Row {
  fileprivate init(_ row: ComparisonTable.Row, _ cell: ExperimentCell, _ score: CellScore) {
    self.init(
      name: row.name,
      allocator: cell.contestant == Allocator.mixQuant.rawValue ? "mixquant" : "alone",
      method: cell.method.rawValue, bytes: row.bytes, averageBits: row.averageBits)
    top1 = .init(row.top1, low: row.top1Interval[0], high: row.top1Interval[1])
    top5 = score.top5
    kl = .init(meanOf: score.divergences)
    (flips, images, seconds) = (Double(row.flips), row.images, row.seconds)
  }
}
