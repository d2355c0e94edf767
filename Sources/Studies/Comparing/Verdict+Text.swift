import Foundation
import MixQuantKit
import Reconstruction
package import Reports

extension Verdict {
  /// The tables, then how to read them; a sentence if nothing could be compared.
  package var text: String {
    guard !answers.isEmpty else {
      return "no two contestants of a question have finished a common seed"
    }
    let parts = tables.map { "\($0.caption)\n\n\($0.text)" } + [Self.legend]
    return parts.joined(separator: "\n\n")
  }

  /// A table per question, with a line per answer.
  package var tables: [Table] {
    Question.all.compactMap { question in
      let own = answers.filter { $0.question == question }
      guard !own.isEmpty else { return nil }
      var table = Table(
        caption: question.description,
        [
          ("model", .left), ("method", .left), ("target", .right), ("second", .left),
          ("KL first", .right), ("KL second", .right), ("difference [95 %]", .right),
          ("p", .right), ("Holm p", .right), ("seeds", .right),
          ("top-1 difference [95 %]", .right), ("p", .right), ("McNemar p", .right),
        ])
      for answer in own { table.append(answer.cells) }
      return table
    }
  }

  /// An explanation of the tables.
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
