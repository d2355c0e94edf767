import Files
import Foundation
import MixQuantKit
import Reconstruction
package import Reports

extension Verdict {
  /// The answers in words: a sentence per answer if a question has few, one that counts them if it has many,
  /// and a single sentence if nothing could be compared.
  package var sentences: [String] {
    guard !answers.isEmpty else {
      return [
        "No two contestants of a question have finished a common seed, so nothing is compared."
      ]
    }
    let hasModels = Set(answers.map(\.model)).count > 1
    return Question.all.flatMap { question -> [String] in
      let own = answers.filter { $0.question == question }
      return own.count <= Self.fewAnswers
        ? own.map { $0.sentence(isModelNamed: hasModels) } : [Self.sentence(question, own)]
    }
  }

  private static let fewAnswers = 2

  private static func sentence(_ question: Question, _ answers: [Answer]) -> String {
    let clear = answers.filter { $0.correctedP < Statistics.significance }
    let closer = clear.count { $0.contrast.kl.difference < 0 }
    let further = clear.count { $0.contrast.kl.difference > 0 }
    let ruling =
      switch (closer, further) {
      case (answers.count, _): "is closer to full precision"
      case (_, answers.count): "is further from full precision"
      case (0, 0): "does not differ clearly"
      case (_, 0): "is closer to full precision or does not differ clearly"
      case (0, _): "is further from full precision or does not differ clearly"
      default: "is closer to full precision in some cases and further from it in others"
      }
    return "Against \(question.second), \(question.first) \(ruling): closer in \(closer) of "
      + "\(answers.count), further in \(further), undecided in "
      + "\(answers.count - closer - further) (KL divergence, Holm p below \(Statistics.significance))."
  }

  /// Returns the tables, then how to read them.
  package func text(width: Int = .max) -> String {
    let parts = tables.map { "\($0.caption)\n\n\($0.text(width: width))" }
    return (parts + (parts.isEmpty ? [] : [Self.legend])).joined(separator: "\n\n")
  }

  /// A table per question, with a line per answer.
  package var tables: [Table] {
    Question.all.compactMap { question in
      let own = answers.filter { $0.question == question }
      guard !own.isEmpty else { return nil }
      return Table(caption: question.description, own, Answer.columns)
    }
  }

  /// An explanation of the tables.
  package static let legend =
    "Differences are first minus second; KL below zero: the first is closer to full precision.\n"
    + "p from 10,000 bootstraps over images, Holm p corrected over models and budgets; seeds at which "
    + "the first has the lower KL; McNemar by the majority of seeds."
}

extension Verdict.Answer {
  /// The answer in words.
  fileprivate func sentence(isModelNamed: Bool) -> String {
    let (first, second) = (contrast.first, contrast.second)
    let setting =
      "With \(method.rawValue) at \(targetBits) bits"
      + (activationTerms.mark.isEmpty ? "" : " and \(activationTerms.text)")
      + (isModelNamed ? " on \(model.printable())" : "")
    guard !contrast.isSamePlan else {
      return "\(setting), \(first) and \(second) have the same plan."
    }
    let (kl, top1, p) = (contrast.kl, contrast.top1, contrast.mcNemarOfMajority)
    let ruling =
      correctedP >= Statistics.significance
      ? "\(first) and \(second) are equally far from full precision, as far as these images show"
      : first + (kl.difference < 0 ? " is closer to" : " is further from")
        + " full precision than \(second)"
    let chance = p < Statistics.significance ? "" : ", which may be chance"
    return "\(setting), \(ruling) "
      + "(KL \(Numbers.nats(kl.first)) against \(Numbers.nats(kl.second)), "
      + "p = \(Numbers.p(correctedP))). Top-1 is \(Numbers.percent(top1.first)) % against "
      + "\(Numbers.percent(top1.second)) %\(chance) (McNemar p = \(Numbers.p(p)))."
  }

  fileprivate static var columns: [Table.Column<Self>] {
    [
      .words("model") { $0.model },
      .words("method") {
        let activations = $0.activationTerms.mark
        return $0.method.rawValue + (activations.isEmpty ? "" : ", \(activations)")
      },
      .number("target") { "\($0.targetBits)" }, .words("second") { $0.contrast.second },
      .number("KL first") { Numbers.nats($0.contrast.kl.first) },
      .number("KL second") { Numbers.nats($0.contrast.kl.second) },
      .number("difference [95 %]") {
        let kl = $0.contrast.kl
        return Numbers.nats(
          kl.difference, low: kl.interval.low, high: kl.interval.high, isDifference: true)
      },
      .number("p") { Numbers.p($0.contrast.kl.pValue) },
      .number("Holm p") { Numbers.p($0.correctedP) },
      .number("seeds") { "\($0.contrast.seedsWithLowerKL)/\($0.contrast.seeds.count)" },
      .number("top-1 difference [95 %]") {
        let (difference, interval) = ($0.contrast.top1.difference, $0.contrast.top1.interval)
        return String(format: "%+.2f [%+.2f, %+.2f]", difference, interval.low, interval.high)
      },
      .number("p") { Numbers.p($0.contrast.top1.pValue) },
      .number("McNemar p") { Numbers.p($0.contrast.mcNemarOfMajority) },
    ]
  }
}
