package import Files
import Foundation
package import MixQuantKit
package import Reconstruction
import Reports

/// An experiment in numbers: a row per contestant at each method and budget.
package struct ExperimentSummary: JSONRepresentable, Sendable {
  /// One contestant's means over images and seeds, with the bootstrap's 95 % intervals over images.
  package struct Row: JSONRepresentable, Sendable {
    package let method: RoundingMethod
    package let targetBits: Double
    package let scores: ContestantScores
    /// In nats.
    package let klInterval: Interval
    /// In percent.
    package let top1Interval: Interval

    init(_ scores: ContestantScores, method: RoundingMethod, targetBits: Double) {
      self.method = method
      self.targetBits = targetBits
      self.scores = scores
      klInterval = Bootstrap(of: scores.divergences).interval
      top1Interval = Bootstrap(of: scores.correctness.map { 100 * $0 }).interval
    }

    /// Such as `mixquant+brecq`.
    var name: String { "\(scores.contestant)+\(method.rawValue)" }

    package var jsonObject: JSONObject {
      [
        "contestant": scores.contestant, "method": method, "target_bits": targetBits,
        "seeds": scores.seeds, "average_free_bits": scores.averageFreeBits,
        "bytes": scores.bytes, "kl": scores.kl, "kl_interval": klInterval, "top1": scores.top1,
        "top1_interval": top1Interval, "top5": scores.top5, "flips": scores.flips,
        "seconds": scores.seconds,
      ]
    }
  }

  private let record: ExperimentRecord
  package let rows: [Row]

  package init(_ result: ExperimentResult) {
    record = result.record
    rows = result.record.design.groups.flatMap { method, target in
      result.group(method, targetBits: target).map {
        Row($0, method: method, targetBits: target)
      }
    }
  }

  /// The mean KL of each random fill, by method and budget.
  private var randomFills: [(method: RoundingMethod, targetBits: Double, kl: [Double])] {
    record.design.groups.compactMap { method, target in
      let group = rows.filter { $0.method == method && $0.targetBits == target }
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
      "images": record.images.count, "full_precision_top1": record.accuracy.top1, "rows": rows,
      "random_fills": fills, "audit": record.audit,
    ]
  }
}

extension ExperimentSummary {
  /// A heading, the table, its figures as bars, and how far apart the random fills are.
  func text(width: Int) -> String {
    let heading =
      "\(record.model.printable()), \(record.design.activationTerms.text), "
      + "\(record.images.count) images, full precision "
      + String(format: "%.2f %% top-1; means over seeds", record.accuracy.top1)
    let bars = TextBars.text(
      rows.map { ("\($0.targetBits)  \($0.name)", $0.scores.top1, $0.scores.kl) }, width: width)
    return ([heading, "", table.text(width: width), "", bars] + randomFillLines)
      .joined(separator: "\n")
  }

  private var table: Table {
    Table(
      rows,
      [
        .number("target") { "\($0.targetBits)" }, .words("network") { $0.name },
        .number("free bits", "%.3f") { $0.scores.averageFreeBits },
        .number("MiB", "%.3f") { $0.scores.bytes.mebibytes },
        .number("KL [95 %]") {
          Numbers.nats($0.scores.kl, low: $0.klInterval.low, high: $0.klInterval.high)
        },
        .number("top-1 % [95 %]") {
          Numbers.percent($0.scores.top1, low: $0.top1Interval.low, high: $0.top1Interval.high)
        },
        .number("flips", "%.1f") { $0.scores.flips }, .count("seeds") { $0.scores.seeds.count },
        .number("time", "%.1f s") { $0.scores.seconds },
      ])
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
