import Reconstruction
import Files
import Foundation
import MixQuantKit
import Studies
import Quantization
import TestSupport
import Testing

@Suite("Verdict")
struct VerdictTests {
  private let contestants = ["two-width", "random", "mixquant", "mixquant-weighted"]

  /// Noise by image, the same for all, and an advantage of `mixquant-weighted` that varies by image.
  private func result(
    model: String = "tiny", targets: [Double] = [2.25, 2.5], advantage: Double = 0.1
  ) -> ExperimentResult {
    ExperimentSketch.result(model: model, contestants: contestants, targets: targets) {
      cell, image in
      let noise = Double(image * 37 % 23) / 23
      let gain = advantage * (0.5 + Double(image * 29 % 31) / 31)
      return 1 + noise + (cell.contestant == "mixquant" ? 0.2 : 0)
        - (cell.contestant == "mixquant-weighted" ? gain : 0)
    }
  }

  @Test("Questions are answered for every budget by whoever takes part")
  func questions() throws {
    let answers = try Verdict([result()]).answers
    #expect(
      answers.map(\.question.description) == [
        "mixquant-weighted against the best baseline",
        "mixquant-weighted against the best baseline",
        "mixquant-weighted against mixquant", "mixquant-weighted against mixquant",
        "mixquant against the best baseline", "mixquant against the best baseline",
      ])
    #expect(answers.map(\.targetBits) == [2.25, 2.5, 2.25, 2.5, 2.25, 2.5])
    #expect(answers[0].contrast.kl.difference < 0 && answers[4].contrast.kl.difference > 0)
    #expect(answers[0].contrast.second == "two-width")
  }

  @Test("p is corrected over all models and budgets of a question together")
  func families() throws {
    let two = [result(), result(model: "other")]
    let verdict = try Verdict(two)
    let first = verdict.answers.filter { $0.question == Question.all[0] }
    #expect(first.map(\.model) == ["tiny", "tiny", "other", "other"])
    #expect(first.map(\.contrast.kl.pValue) == [Double](repeating: 1 / 10_001, count: 4))
    #expect(first.allSatisfy { abs($0.correctedP - 4.0 / 10_001) < 1e-12 })
    let alone = try Verdict([two[0]]).answers
    #expect(abs(alone[0].correctedP - 2.0 / 10_001) < 1e-12)
  }

  @Test(
    "One model twice at the same budget is refused; another width of activations is another test")
  func duplicates() throws {
    let error = inputError { _ = try Verdict([result(), result()]) }
    #expect(error?.kind == .usage)
    let rounded = ExperimentSketch.result(
      contestants: contestants, targets: [2.25], activationBits: 4
    ) { cell, image in Double(image % 5) + (cell.contestant == "mixquant-weighted" ? 0 : 1) }
    let planned = ExperimentSketch.result(
      contestants: contestants, targets: [2.25], targetActivationBits: 4
    ) { cell, image in Double(image % 5) + (cell.contestant == "mixquant-weighted" ? 0 : 1) }
    let verdict = try Verdict([result(targets: [2.25]), rounded, planned])
    #expect(verdict.answers.allSatisfy { $0.correctedP == $0.contrast.kl.pValue })
    for treatment in ["brecq, 2.25 bits", "brecq, A4, 2.25 bits", "brecq, A≤4.0, 2.25 bits"] {
      #expect(verdict.text().contains(treatment))
    }
  }

  @Test("Only seeds that everybody has finished are compared")
  func unfinished() throws {
    let whole = result(targets: [2.5])
    var partial = ExperimentResult(whole.record)
    for entry in whole.record.entries.dropLast(1) {
      partial.add(whole.scores[entry.cell]!, of: entry.cell, key: entry.key)
    }
    #expect(try Verdict([partial]).answers.allSatisfy { $0.contrast.seeds == [0] })
    #expect(try Verdict([ExperimentResult(whole.record)]).answers.isEmpty)
  }

  @Test("The text names every contestant, and how far the random fills are apart")
  func text() throws {
    let outcome = try ExperimentOutcome([result()])
    for name in ["two-width+brecq", "random-2+brecq", "mixquant-weighted+brecq"] {
      #expect(outcome.text().contains(name))
    }
    #expect(outcome.text().contains("random fills, brecq at 2.25 bits"))
    #expect(outcome.text().contains("mixquant-weighted against the best baseline"))
    let data = Data(json(outcome).utf8)
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let summary = try #require((object["experiments"] as? [[String: Any]])?.first)
    #expect((summary["rows"] as? [Any])?.count == 10 && summary["activation_bits"] == nil)
    let answers = try #require((object["verdict"] as? [String: Any])?["answers"] as? [Any])
    #expect(answers.count == outcome.verdict.answers.count)
  }
}
