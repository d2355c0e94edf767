package import MixQuantKit
import Quantization

/// A question that an experiment answers at every method and budget: whether the first is better than
/// the second.
package struct Question: Encodable, Hashable, Sendable, CustomStringConvertible {
  /// The contestant on the other side of a question.
  package enum Opponent: Encodable, Hashable, Sendable, CustomStringConvertible {
    case contestant(String)
    /// The one with the lowest mean KL among two-width, its reverse and the random fills.
    case bestBaseline

    package var description: String {
      switch self {
      case .contestant(let name): name
      case .bestBaseline: "the best baseline"
      }
    }
  }

  package let first: String
  package let second: Opponent

  /// The experiment's questions, in the order that they are answered.
  package static let all = [
    Question(first: "mixquant-weighted", second: .bestBaseline),
    Question(first: "mixquant-weighted", second: .contestant("mixquant")),
    Question(first: "mixquant-weighted", second: .contestant("greedy")),
    Question(first: "mixquant", second: .bestBaseline),
  ]

  package var description: String { "\(first) against \(second)" }

  /// Returns true if both whom the question is about take part in `design`.
  func applies(to design: ExperimentDesign) -> Bool {
    let contestants = design.contestants
    let hasOpponent =
      switch second {
      case .contestant(let name): contestants.contains(name)
      case .bestBaseline: contestants.contains(where: ExperimentDesign.isBaseline)
      }
    return contestants.contains(first) && hasOpponent
  }

  /// The two whom the question is about, if both take part.
  func pair(
    in group: [ContestantScores]
  ) -> (first: ContestantScores, second: ContestantScores)? {
    func named(_ name: String) -> ContestantScores? { group.first { $0.contestant == name } }
    let opponent =
      switch second {
      case .contestant(let name): named(name)
      case .bestBaseline: group.bestBaseline
      }
    guard let first = named(first), let opponent else { return nil }
    return (first, opponent)
  }
}

/// A mean of two contestants on the same images, and of their differences, first minus second.
package struct PairedDifference: Encodable, Equatable, Sendable {
  package let first: Double
  package let second: Double
  package let difference: Double
  /// The bootstrap's 95 % percentile interval of the difference.
  package let interval: Interval
  /// Two-sided, by the bootstrap of the centred differences; not corrected.
  package let pValue: Double

  /// Pairs two lists of one value per image, each times `scale`.
  package init(_ first: [Double], _ second: [Double], scale: Double = 1) {
    precondition(first.count == second.count, "\(first.count) images against \(second.count)")
    func mean(_ values: [Double]) -> Double {
      scale * values.reduce(0, +) / Double(values.count)
    }
    let bootstrap = Bootstrap(of: zip(first, second).map { scale * ($0 - $1) })
    self.first = mean(first)
    self.second = mean(second)
    difference = bootstrap.mean
    interval = bootstrap.interval
    pValue = bootstrap.pValue
  }
}

/// Two contestants at one method and budget, compared image by image.
package struct Contrast: Encodable, Equatable, Sendable {
  package let first: String
  package let second: String
  package let seeds: [UInt64]
  /// True if both have the same plan for each seed.
  package let isSamePlan: Bool
  /// The primary endpoint: KL(full precision ‖ quantized) in nats, averaged over seeds for each image.
  package let kl: PairedDifference
  /// Seeds at which the first has the lower mean KL.
  package let seedsWithLowerKL: Int
  /// Percent and percentage points.
  package let top1: PairedDifference
  /// McNemar's exact two-sided p, one per seed.
  package let mcNemar: [Double]
  /// The same if a contestant counts as right when more than half of its seeds are.
  package let mcNemarOfMajority: Double
  /// Images whose answer is not full precision's, the mean over the seeds.
  package let flips: [Double]

  package init(_ first: ContestantScores, _ second: ContestantScores) {
    self.first = first.contestant
    self.second = second.contestant
    seeds = first.seeds
    kl = PairedDifference(first.divergences, second.divergences)
    let pairs = Array(zip(first.scores, second.scores))
    isSamePlan = pairs.allSatisfy {
      $0.plan.bitWidths == $1.plan.bitWidths && $0.plan.activations == $1.plan.activations
    }
    seedsWithLowerKL = pairs.count {
      $0.divergences.reduce(0, +) < $1.divergences.reduce(0, +)
    }
    top1 = PairedDifference(first.correctness, second.correctness, scale: 100)
    mcNemar = pairs.map { Statistics.mcNemar($0.isCorrect, $1.isCorrect) }
    mcNemarOfMajority = Statistics.mcNemar(first.majority, second.majority)
    flips = [first.flips, second.flips]
  }

  private enum CodingKeys: String, CodingKey {
    case first, second, seeds, isSamePlan, kl, seedsWithLowerKL, top1, flips
    case mcNemar = "mcnemar"
    case mcNemarOfMajority = "mcnemar_of_majority"
  }
}
