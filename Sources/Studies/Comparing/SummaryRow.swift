package import Files
import MixQuantKit
import Quantization
import Reconstruction
package import Reports

/// One contestant at one method and budget: its means over images and seeds, with the bootstrap's 95 %
/// intervals over images.
package struct SummaryRow: JSONRepresentable, Sendable {
  /// The cell of the first seed.
  package let cell: ExperimentCell
  package let scores: ContestantScores
  /// The figures that tables and pictures show; random fills share an allocator.
  package let figures: Report.Row
  /// The SHA-256 of the first seed's packed file, if it is kept.
  let file: String?

  /// The score of the first seed, whose plan, answers and units stand for all seeds.
  var score: CellScore { scores.scores[0] }

  /// - Parameter result: The experiment that `scores` are of.
  init(
    _ scores: ContestantScores, method: RoundingMethod, targetBits: Double,
    in result: ExperimentResult
  ) {
    let (contestant, score) = (scores.contestant, scores.scores[0])
    let isFill = ExperimentDesign.randomFill(of: contestant) != nil
    let hasTargets = result.record.design.targetBits.count > 1
    var figures = Report.Row(
      name: "\(contestant)+\(method.rawValue)" + (hasTargets ? " at \(targetBits) bits" : ""),
      allocator: isFill ? ExperimentDesign.random : contestant, method: method.rawValue,
      bytes: scores.bytes, averageBits: score.plan.averageBits())
    figures.averageFreeBits = scores.averageFreeBits
    // The answers of one seed are right or wrong, as `evaluate` counts them; means over seeds are not.
    figures.top1 = .init(
      scores.top1,
      scores.seeds.count == 1
        ? score.accuracy.interval : Bootstrap(of: scores.correctness.map { 100 * $0 }).interval)
    figures.kl = .init(scores.kl, Bootstrap(of: scores.divergences).interval)
    (figures.top5, figures.flips) = (scores.top5, scores.flips)
    (figures.images, figures.seconds) = (score.answers.count, scores.seconds)
    self.figures = figures
    self.scores = scores
    cell = ExperimentCell(
      contestant: contestant, method: method, targetBits: targetBits, seed: scores.seeds[0])
    file = result.file(of: cell)
  }

  package var jsonObject: JSONObject {
    [
      "contestant": scores.contestant, "method": cell.method, "target_bits": cell.targetBits,
      "seeds": scores.seeds, "average_bits": figures.averageBits,
      "average_free_bits": scores.averageFreeBits, "bytes": scores.bytes, "kl": scores.kl,
      "kl_interval": figures.kl.map(Interval.init), "top1": scores.top1,
      "top1_interval": figures.top1.map(Interval.init), "top5": scores.top5,
      "flips": scores.flips, "seconds": scores.seconds, "sha256": file,
    ]
  }
}

extension Report.Row {
  /// Full precision's row.
  init(fullPrecisionIn record: ExperimentRecord) {
    let accuracy = record.accuracy
    self.init(name: "full-precision", bytes: record.fullPrecision.bytes, averageBits: 32)
    top1 = .init(accuracy.top1, accuracy.interval)
    top5 = record.fullPrecision.correct5.map { _ in accuracy.top5 }
    images = accuracy.images
  }
}

extension Report.Estimate {
  /// A figure with the interval that goes with it.
  init(_ value: Double, _ interval: Interval) {
    self.init(value, low: interval.low, high: interval.high)
  }
}

extension Interval {
  fileprivate init(_ estimate: Report.Estimate) {
    self.init(low: estimate.low, high: estimate.high)
  }
}
