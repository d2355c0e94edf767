package import MixQuantKit
import Files
internal import Reconstruction
import Foundation
import Quantization
package import Reports

extension ExperimentSummary {
  /// A line a contestant at each method and budget.
  package var table: Table {
    var table = Table([
      ("target", .right), ("network", .left), ("free bits", .right), ("MiB", .right),
      ("KL [95 %]", .right), ("top-1 % [95 %]", .right), ("flips", .right), ("seeds", .right),
      ("time", .right),
    ])
    for row in rows {
      table.append([
        "\(row.targetBits)", "\(row.contestant)+\(row.method.rawValue)",
        String(format: "%.3f", row.averageFreeBits),
        String(format: "%.3f", row.bytes.mebibytes),
        Numbers.nats(row.kl, low: row.klInterval.low, high: row.klInterval.high),
        String(
          format: "%.2f [%.2f, %.2f]", row.top1, row.top1Interval.low, row.top1Interval.high),
        String(format: "%.1f", row.flips), "\(row.seeds.count)",
        String(format: "%.1f s", row.seconds),
      ])
    }
    return table
  }

  /// What the table is of, the table, its figures as bars, and how far apart the random fills are.
  package var text: String {
    let activations = ActivationTerms(
      bitWidth: activationBits, averageBits: targetActivationBits
    ).text
    let heading =
      "\(model.printable()), \(activations), \(images) images, full precision "
      + String(format: "%.2f %% top-1; means over seeds", fullPrecisionTop1)
    return ([heading, "", table.text, "", bars.text] + randomFillLines).joined(separator: "\n")
  }

  private var bars: TextBars {
    TextBars(
      rows.map { row in
        .init(
          name: "\(row.targetBits)  \(row.contestant)+\(row.method.rawValue)", top1: row.top1,
          kl: row.kl)
      })
  }

  private var randomFillLines: [String] {
    randomFills.map { fills in
      let mean = fills.kl.reduce(0, +) / Double(fills.kl.count)
      let (lowest, highest) = (fills.kl.min() ?? 0, fills.kl.max() ?? 0)
      return "random fills, \(fills.method.rawValue) at \(fills.targetBits) bits: mean KL "
        + "\(Numbers.nats(mean)), lowest \(Numbers.nats(lowest)), highest \(Numbers.nats(highest))"
    }
  }
}

extension Verdict {
  /// A table a question, with a word on how to read them; a sentence where nothing could be compared.
  package var text: String {
    guard !answers.isEmpty else {
      return "no two contestants of a question have finished a common seed"
    }
    let parts = tables.map { "\($0.caption)\n\n\($0.text)" } + [Self.legend]
    return parts.joined(separator: "\n\n")
  }

  /// A line an answer, one table a question.
  package var tables: [Table] {
    Question.all.compactMap { question in
      let own = answers.filter { $0.question == question }
      guard !own.isEmpty else { return nil }
      var table = Table(
        caption: question.description, [
        ("model", .left), ("method", .left), ("target", .right), ("second", .left),
        ("KL first", .right), ("KL second", .right), ("difference [95 %]", .right),
        ("p", .right), ("Holm p", .right), ("seeds", .right),
        ("top-1 difference [95 %]", .right), ("p", .right), ("McNemar p", .right),
      ])
      for answer in own { table.append(answer.cells) }
      return table
    }
  }

  /// How to read the tables.
  package static let legend =
    "Differences are first minus second; KL below zero: the first is closer to full precision.\n"
    + "p from 10,000 bootstraps over images, Holm p corrected over models and budgets; seeds at which "
    + "the first has the lower KL; McNemar by the majority of seeds."
}

extension Verdict.Answer {
  fileprivate var cells: [String] {
    let (kl, top1) = (contrast.kl, contrast.top1)
    let activations = activationTerms.mark
    return [
      model, method.rawValue + (activations.isEmpty ? "" : ", \(activations)"), "\(targetBits)",
      contrast.second,
      Numbers.nats(kl.first), Numbers.nats(kl.second),
      Numbers.nats(
        kl.difference, low: kl.interval.low, high: kl.interval.high, isDifference: true),
      Numbers.p(kl.pValue), Numbers.p(correctedP),
      "\(contrast.seedsWithLowerKL)/\(contrast.seeds.count)",
      String(
        format: "%+.2f [%+.2f, %+.2f]", top1.difference, top1.interval.low, top1.interval.high),
      Numbers.p(top1.pValue), Numbers.p(contrast.mcNemarOfMajority),
    ]
  }
}
