/// One contestant at one method and budget over several seeds, averaged image by image.
package struct ContestantScores: Sendable {
  package let contestant: String
  package let seeds: [UInt64]
  /// One per seed.
  package let scores: [CellScore]
  /// KL(full precision ‖ quantized) in nats, the mean over the seeds, one per image.
  package let divergences: [Double]
  /// The share of seeds that answer right, one per image.
  package let correctness: [Double]
  /// Images whose answer is not full precision's, the mean over the seeds.
  package let flips: Double

  /// - Parameter fullPrecision: Full precision's answers, one per image.
  package init(
    contestant: String, seeds: [UInt64], scores: [CellScore], fullPrecision: [Int]
  ) {
    precondition(scores.count == seeds.count && !seeds.isEmpty, "a score for every seed")
    self.contestant = contestant
    self.seeds = seeds
    self.scores = scores
    divergences = Self.means(scores.map(\.divergences))
    correctness = Self.means(scores.map { $0.isCorrect.map { $0 ? 1 : 0 } })
    let flipped = scores.reduce(0) { sum, score in
      sum + zip(score.answers, fullPrecision).count { $0 != $1 }
    }
    flips = Double(flipped) / Double(seeds.count)
  }

  /// Mean over images and seeds, in nats.
  package var kl: Double { divergences.reduce(0, +) / Double(divergences.count) }

  /// Percent, the mean over the seeds.
  package var top1: Double { 100 * correctness.reduce(0, +) / Double(correctness.count) }

  /// Percent, the mean over the seeds, if it was counted for all of them.
  package var top5: Double? {
    let counted = scores.compactMap(\.top5)
    return counted.count == scores.count ? counted.reduce(0, +) / Double(counted.count) : nil
  }
  /// True if more than half of the seeds answer right, one per image.
  package var majority: [Bool] { correctness.map { $0 > 0.5 } }

  /// The seconds of a quantization, the mean over the seeds.
  package var seconds: Double { scores.reduce(0) { $0 + $1.seconds } / Double(scores.count) }

  /// The largest packed file of all seeds.
  package var bytes: Int { scores.map(\.bytes).max() ?? 0 }

  /// Mean bits a weight over the layers that a plan may change, the mean over the seeds.
  package var averageFreeBits: Double {
    scores.reduce(0) { $0 + $1.averageFreeBits } / Double(scores.count)
  }

  /// The mean of lists of equal length, place by place.
  private static func means(_ lists: [[Double]]) -> [Double] {
    lists[0].indices.map { index in
      lists.reduce(0) { $0 + $1[index] } / Double(lists.count)
    }
  }
}

extension [ContestantScores] {
  /// The baseline with the lowest mean KL, chosen after the fact and so in the baselines' favour.
  package var bestBaseline: ContestantScores? {
    filter { ExperimentDesign.isBaseline($0.contestant) }.min { $0.kl < $1.kl }
  }

  /// The random fills.
  package var randomFills: [ContestantScores] {
    filter { ExperimentDesign.randomFill(of: $0.contestant) != nil }
  }
}
