import Datasets
package import Files
import Foundation
import MixQuantKit
import Reconstruction
package import Reports

/// An experiment in numbers: a row per contestant at each method and budget.
package struct ExperimentSummary: JSONRepresentable, Sendable {
  private let result: ExperimentResult
  package let rows: [SummaryRow]

  private var record: ExperimentRecord { result.record }

  package init(_ result: ExperimentResult) {
    self.result = result
    rows = result.record.design.groups.flatMap { method, target in
      result.group(method, targetBits: target).map {
        SummaryRow($0, method: method, targetBits: target, in: result)
      }
    }
  }

  /// Full precision and all rows, as tables and pictures show them.
  package var networks: [Report.Row] {
    [Report.Row(fullPrecisionIn: record)] + rows.map(\.figures)
  }

  /// The mean KL of each random fill, by method and budget.
  private var randomFills: [(method: RoundingMethod, targetBits: Double, kl: [Double])] {
    record.design.groups.compactMap { method, target in
      let group = rows.filter { $0.cell.method == method && $0.cell.targetBits == target }
      let kl = group.map(\.scores).randomFills.map(\.kl)
      return kl.isEmpty ? nil : (method, target, kl)
    }
  }

  package var jsonObject: JSONObject {
    let fills = randomFills.map { method, target, kl -> JSONObject in
      ["method": method, "target_bits": target, "kl": kl]
    }
    return [
      "model": record.model, "activation_bits": record.design.recipe.activationBits,
      "target_activation_bits": record.design.activations?.averageBits,
      "images": record.images.count, "full_precision_top1": record.accuracy.top1,
      "full_precision_top1_interval": record.accuracy.interval,
      "full_precision_top5": record.fullPrecision.correct5.map { _ in record.accuracy.top5 },
      "full_precision_bytes": record.fullPrecision.bytes, "rows": rows,
      "random_fills": fills, "audit": record.audit,
      "skipped_images": result.skipped.map(\.name),
    ]
  }

  /// The images that were left out, a heading, the table, its figures as bars, and how far apart the
  /// random fills are.
  func text(width: Int) -> String {
    let heading =
      "\(record.model.printable()), \(record.design.activationTerms.text), "
      + "\(record.images.count) images"
      + (record.design.seeds.count > 1 ? "; means over seeds" : "")
    let (done, count) = (record.entries.count, record.design.cells.count)
    let unfinished =
      done < count
      ? ["unfinished \(done) of \(count) cells; only seeds that all contestants finished count"]
      : []
    let bars = TextBars.text(
      networks.map { ($0.name, $0.top1?.value ?? 0, $0.kl?.value ?? 0) }, width: width)
    let table = Table(networks: networks).text(width: width)
    return
      (result.skipped.lines + record.audit.warnings + unfinished + [heading, "", table, "", bars]
      + randomFillLines)
      .joined(separator: "\n")
  }

  private var randomFillLines: [String] {
    randomFills.map { method, target, kl in
      let mean = kl.reduce(0, +) / Double(kl.count)
      let (lowest, highest) = (kl.min() ?? 0, kl.max() ?? 0)
      return "random fills, \(method.rawValue) at \(target) bits: mean KL "
        + "\(Numbers.nats(mean)), lowest \(Numbers.nats(lowest)), highest \(Numbers.nats(highest))"
    }
  }
}

/// Experiments in numbers, with the verdict over all of them.
package struct ExperimentOutcome: JSONRepresentable, Sendable {
  package let experiments: [ExperimentSummary]
  package let verdict: Verdict

  /// Throws `usage` if the experiments cannot be combined.
  package init(_ results: [ExperimentResult]) throws(InputError) {
    experiments = results.map(ExperimentSummary.init)
    verdict = try Verdict(results)
  }

  package var jsonObject: JSONObject {
    [
      "sentences": verdict.sentences, "experiments": experiments, "verdict": verdict,
    ]
  }

  /// Returns the verdict in words, then every experiment and the answers.
  ///
  /// - Parameter width: The columns of the terminal; tables fit them.
  package func text(width: Int = .max) -> String {
    (verdict.sentences.map { $0.wrapped(to: width).joined(separator: "\n") }
      + experiments.map { $0.text(width: width) } + [verdict.text(width: width)])
      .joined(separator: "\n\n")
  }
}
