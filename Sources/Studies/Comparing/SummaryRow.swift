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

  /// The score of the first seed, whose plan, answers and units stand for all seeds.
  var score: CellScore { scores.scores[0] }

  /// - Parameter isTargetNamed: True to put the target into the name, since there are several.
  init(
    _ scores: ContestantScores, method: RoundingMethod, targetBits: Double, isTargetNamed: Bool
  ) {
    let (contestant, score) = (scores.contestant, scores.scores[0])
    let isFill = ExperimentDesign.randomFill(of: contestant) != nil
    var figures = Report.Row(
      name: "\(contestant)+\(method.rawValue)" + (isTargetNamed ? ", \(targetBits) bits" : ""),
      allocator: isFill ? ExperimentDesign.random : contestant, method: method.rawValue,
      bytes: scores.bytes, averageBits: score.plan.averageBits())
    figures.averageFreeBits = scores.averageFreeBits
    figures.top1 = .init(
      scores.top1, Bootstrap(of: scores.correctness.map { 100 * $0 }).interval)
    figures.kl = .init(scores.kl, Bootstrap(of: scores.divergences).interval)
    (figures.top5, figures.flips) = (scores.top5, scores.flips)
    (figures.images, figures.seconds) = (score.answers.count, scores.seconds)
    self.figures = figures
    self.scores = scores
    cell = ExperimentCell(
      contestant: contestant, method: method, targetBits: targetBits, seed: scores.seeds[0])
  }

  package var jsonObject: JSONObject {
    [
      "contestant": scores.contestant, "method": cell.method, "target_bits": cell.targetBits,
      "seeds": scores.seeds, "average_bits": figures.averageBits,
      "average_free_bits": scores.averageFreeBits, "bytes": scores.bytes, "kl": scores.kl,
      "kl_interval": figures.kl.map(Interval.init), "top1": scores.top1,
      "top1_interval": figures.top1.map(Interval.init), "top5": scores.top5,
      "flips": scores.flips, "seconds": scores.seconds, "sha256": score.file,
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
