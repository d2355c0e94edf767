import Checkpoints
package import MixQuantKit
import Datasets
import Execution
import Files
package import Foundation
import Graphs
import Quantization
package import Reports

extension Comparison {
  /// The files that `write` puts into a folder.
  package static let fileNames =
    ["comparison.json", "plan-alone.json", "plan-mixquant.json"]
    + ReportFiles.names(methods: methods.map(\.rawValue))
    + methods.flatMap { method in
      [false, true].map { "\(Contestant.name(method, isMixQuant: $0)).safetensors" }
    }

  /// Writes the report, both plans, and every packed file into a folder that appears only when all of it
  /// is there; throws `cannotWrite`, and where a flipped image cannot be read again.
  package func write(
    _ result: ComparisonResult, to folder: URL, overwriting: Bool
  ) throws {
    let files = ReportFiles(try report(on: result)).contents
    try AtomicFolder.write(to: folder, overwriting: overwriting) { staging throws(InputError) in
      func write(_ text: String, _ name: String) throws(InputError) {
        try AtomicFile.write(
          Data(text.utf8), to: staging.appending(path: name), overwriting: false)
      }
      try write(json(result.summary, isPretty: true), "comparison.json")
      for (name, text) in files { try write(text, name) }
      try write(uniform.json, "plan-alone.json")
      try write(mixQuant.json, "plan-mixquant.json")
      for (name, packed) in result.files {
        try packed.encoded.write(
          to: staging.appending(path: "\(name).safetensors"), overwriting: false)
      }
    }
  }

  /// The finished comparison with all that is drawn of it.
  package func report(on result: ComparisonResult) throws -> ComparisonReport {
    let build = ReportBuilder(
      model, quantizer: recipe.weights, evaluator: evaluator,
      calibration: "\(images.images.items.count) images drawn by seed \(recipe.seed)")
    let notes =
      result.skipped.lines + (try audit().lines)
      + (plansAreEqual ? ["Both plans are the same: at this target MixQuant has no choice."] : [])
    return try build(
      result.reference, result.networks, findings: [result.verdict], notes: notes)
  }

  /// A row as reports need it.
  func reported(_ entrant: Entrant, reference: Predictions) -> ReportedNetwork {
    let accuracy = entrant.predictions.accuracy
    return ReportedNetwork(
      name: entrant.row.name,
      allocator: entrant.contestant.isMixQuant ? "mixquant" : "alone",
      method: entrant.contestant.recipe.method, targetBits: uniform.averageBits(.inner),
      plan: entrant.contestant.plan, bytes: entrant.row.bytes,
      top1: .init(accuracy.top1, accuracy.interval),
      top5: accuracy.top5,
      kl: .init(
        meanOf: Softmax.divergences(
          reference: reference.logits, logits: entrant.predictions.logits)),
      answers: entrant.predictions.classes, flips: Double(entrant.row.flips),
      seconds: entrant.row.seconds, units: entrant.units)
  }
}
