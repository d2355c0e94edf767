package import Files
import MixQuantKit
package import Quantization
package import Reconstruction

/// The questions answered over one or several experiments, with p values corrected together.
///
/// A family of tests for Holm's correction is one question by one method at one treatment of activations,
/// over all models and budgets.
package struct Verdict: Encodable, Equatable, Sendable {
  /// One question answered on one model at one method and budget.
  package struct Answer: Encodable, Equatable, Sendable {
    package let question: Question
    /// The checkpoint's file name.
    package let model: String
    package let method: RoundingMethod
    /// Nil if activations are in floating point, or planned.
    package let activationBits: BitWidth?
    /// The limit on the average width of planned activations, or nil.
    package let targetActivationBits: Double?
    package let targetBits: Double
    package let contrast: Contrast
    /// The p value of the primary endpoint, corrected by Holm over its family.
    package internal(set) var correctedP: Double

    var activationTerms: ActivationTerms {
      ActivationTerms(bitWidth: activationBits, averageBits: targetActivationBits)
    }

    /// The answers that are corrected together.
    fileprivate var family: [AnyHashable] { [question, method, activationTerms] }
  }

  /// By question, then method, model and budget.
  package let answers: [Answer]

  /// Throws `usage` if one model is given twice at the same method, budget and activations, which
  /// would count its images twice.
  package init(_ results: [ExperimentResult]) throws(InputError) {
    try Self.requireDistinct(results)
    var answers: [Answer] = []
    for question in Question.all + Self.ownQuestions(results.map(\.record.design)) {
      for method in RoundingMethod.allCases {
        answers += results.flatMap { $0.answers(to: question, by: method) }
      }
    }
    self.answers = Self.corrected(answers)
  }

  /// The questions of designs without the contestants of `Question.all`: each other allocator against the
  /// first.
  private static func ownQuestions(_ designs: [ExperimentDesign]) -> [Question] {
    let others = designs.filter { design in
      !Question.all.contains { $0.applies(to: design) }
    }
    let questions = others.flatMap { design in
      design.contestants.dropFirst().filter { ExperimentDesign.randomFill(of: $0) == nil }
        .map { Question(first: $0, second: .contestant(design.contestants[0])) }
    }
    return Set(questions).sorted { $0.description < $1.description }
  }

  private static func corrected(_ answers: [Answer]) -> [Answer] {
    var answers = answers
    for family in Set(answers.map(\.family)) {
      let members = answers.indices.filter { answers[$0].family == family }
      let corrected = Statistics.holm(members.map { answers[$0].contrast.kl.pValue })
      for (index, p) in zip(members, corrected) { answers[index].correctedP = p }
    }
    return answers
  }

  private static func requireDistinct(_ results: [ExperimentResult]) throws(InputError) {
    var seen: Set<[AnyHashable]> = []
    for record in results.map(\.record) {
      for (method, target) in record.design.groups {
        let terms: [AnyHashable] = [
          record.network, method, target, record.design.activationTerms,
        ]
        guard seen.insert(terms).inserted else {
          throw InputError(
            .conflictingOptions, "cannot combine the experiments", at: record.model,
            because: "\(method.rawValue) at \(target) bits is in two of them",
            try: "run more seeds in one folder instead")
        }
      }
    }
  }
}

extension ExperimentDesign {
  /// Every method at every budget.
  package var groups: [(method: RoundingMethod, targetBits: Double)] {
    methods.flatMap { method in targetBits.map { (method, $0) } }
  }
}

extension ExperimentResult {
  fileprivate func answers(
    to question: Question, by method: RoundingMethod
  ) -> [Verdict.Answer] {
    guard record.design.methods.contains(method) else { return [] }
    return record.design.targetBits.compactMap { target in
      guard let pair = question.pair(in: group(method, targetBits: target)) else { return nil }
      let contrast = Contrast(pair.first, pair.second)
      return Verdict.Answer(
        question: question, model: record.model, method: method,
        activationBits: record.design.recipe.activationBits,
        targetActivationBits: record.design.activations?.averageBits, targetBits: target,
        contrast: contrast, correctedP: contrast.kl.pValue)
    }
  }
}
