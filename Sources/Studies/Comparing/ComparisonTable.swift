import Datasets
package import Files
import Foundation
import MixQuantKit
import Quantization
import Reconstruction
import Reports

/// The rows of a plain comparison, and how far its two BRECQ rows differ; which programs see as JSON.
package struct ComparisonTable: JSONRepresentable, Sendable {
  /// One network, scored.
  package struct Row: Encodable, Equatable, Sendable {
    package let name: String
    /// Percent.
    package let top1: Double
    /// Wilson's 95 % interval, in percent.
    package let top1Interval: [Double]
    package let correct1: Int
    package let images: Int
    /// Mean KL(full precision ‖ this), in nats.
    package let kl: Double
    /// Images whose first answer is not full precision's.
    package let flips: Int
    /// The tensor payload: codes, scales, zero points and biases; floats for full precision.
    package let bytes: Int
    /// Bits per weight over all layers.
    package let averageBits: Double
    /// Bits per weight over the layers that a plan may change.
    package let averageFreeBits: Double
    /// The time of the quantization; zero for full precision.
    package let seconds: Double
  }

  package let rows: [Row]
  /// McNemar's exact two-sided p of MixQuant + BRECQ against BRECQ.
  package let pValue: Double
  /// The evaluation images that could not be read.
  private let skipped: [SkippedImage]

  /// - Parameter result: A finished plain comparison.
  package init(_ result: ExperimentResult) {
    let record = result.record
    rows =
      [Row(fullPrecisionIn: record)]
      + result.finished.map { Row($1, name: PlainComparison.name(of: $0), in: record) }
    let learned = result.finished.filter { $0.cell.method.learns }.map(\.score.isCorrect)
    pValue = Statistics.mcNemar(learned[0], learned[1])
    skipped = result.skipped
  }

  package var jsonObject: JSONObject {
    ["rows": rows, "p_value": pValue, "skipped_images": skipped.map(\.name)]
  }

  /// The images that were left out, the table, its figures as bars, and the verdict.
  ///
  /// - Parameter width: The columns of the terminal; tables fit them.
  package func text(width: Int = .max) -> String {
    let bars = TextBars.text(rows.map { ($0.name, $0.top1, $0.kl) }, width: width)
    return (skipped.lines + [table.text(width: width), "", bars, "", verdict])
      .joined(separator: "\n")
  }

  /// A line per network, full precision first.
  private var table: Table {
    Table(
      rows,
      [
        .words("network") { $0.name }, .number("bits", "%.2f") { $0.averageBits },
        .number("free bits", "%.2f") { $0.averageFreeBits },
        .number("MiB", "%.3f") { $0.bytes.mebibytes },
        .number("top-1 % [95 %]") {
          Numbers.percent($0.top1, low: $0.top1Interval[0], high: $0.top1Interval[1])
        },
        .number("k/n") { "\($0.correct1)/\($0.images)" }, .number("KL") { Numbers.nats($0.kl) },
        .count("flips") { $0.flips }, .number("time", "%.1f s") { $0.seconds },
      ])
  }

  /// The comparison of the two BRECQ rows.
  package var verdict: String {
    "MixQuant + BRECQ against BRECQ: exact two-sided McNemar p = " + Numbers.p(pValue)
  }
}

extension ComparisonTable.Row {
  init(fullPrecisionIn record: ExperimentRecord) {
    self.init(
      name: "full-precision", accuracy: record.accuracy, kl: 0, flips: 0,
      bytes: record.fullPrecision.bytes, averageBits: 32, averageFreeBits: 32, seconds: 0)
  }

  init(_ score: CellScore, name: String, in record: ExperimentRecord) {
    self.init(
      name: name, accuracy: score.accuracy, kl: score.kl,
      flips: zip(score.answers, record.fullPrecision.answers).count { $0 != $1 },
      bytes: score.bytes, averageBits: score.plan.averageBits(),
      averageFreeBits: score.averageFreeBits, seconds: score.seconds)
  }

  private init(
    name: String, accuracy: Accuracy, kl: Double, flips: Int, bytes: Int, averageBits: Double,
    averageFreeBits: Double, seconds: Double
  ) {
    self.init(
      name: name, top1: accuracy.top1,
      top1Interval: [accuracy.interval.low, accuracy.interval.high], correct1: accuracy.correct1,
      images: accuracy.images, kl: kl, flips: flips, bytes: bytes, averageBits: averageBits,
      averageFreeBits: averageFreeBits, seconds: seconds)
  }
}
