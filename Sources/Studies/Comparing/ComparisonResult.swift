package import MixQuantKit
import Files
package import Datasets
import Execution
import Foundation
import Graphs
import Quantization
package import Reports

/// One network of a comparison, scored.
package struct ComparisonRow: Codable, Equatable, Sendable {
  package internal(set) var name: String
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
  /// Bits a weight over all layers.
  package let averageBits: Double
  /// Bits a weight over the layers that the plan may change.
  package let averageFreeBits: Double
  /// What the quantization took; zero for full precision.
  package let seconds: Double

  private enum CodingKeys: String, CodingKey {
    case name, top1, correct1, images, kl, flips, bytes, seconds
    case top1Interval = "top1_interval"
    case averageBits = "average_bits"
    case averageFreeBits = "average_free_bits"
  }

  init(fullPrecision predictions: Predictions, of model: CheckpointModel) {
    self.init(
      name: "full-precision", predictions, reference: predictions, bytes: model.payloadBytes,
      averageBits: 32, averageFreeBits: 32, seconds: 0)
  }

  init(
    name: String, _ predictions: Predictions, reference: Predictions, packed: PackedModel,
    seconds: Double
  ) {
    self.init(
      name: name, predictions, reference: reference, bytes: packed.payloadBytes,
      averageBits: packed.plan.averageBits(),
      averageFreeBits: packed.averageFreeBits, seconds: seconds)
  }

  private init(
    name: String, _ predictions: Predictions, reference: Predictions, bytes: Int,
    averageBits: Double, averageFreeBits: Double, seconds: Double
  ) {
    let accuracy = predictions.accuracy
    let divergence = Divergence(of: predictions, from: reference)
    self.name = name
    top1 = accuracy.top1
    top1Interval = [accuracy.interval.low, accuracy.interval.high]
    correct1 = accuracy.correct1
    images = accuracy.images
    kl = divergence.kl
    flips = divergence.flips
    self.bytes = bytes
    self.averageBits = averageBits
    self.averageFreeBits = averageFreeBits
    self.seconds = seconds
  }
}

/// The rows of a comparison, and whether its two BRECQ rows differ.
package struct ComparisonResult: Sendable {
  package let rows: [ComparisonRow]
  /// McNemar's exact two-sided p of MixQuant + BRECQ against BRECQ.
  package let pValue: Double
  /// The packed models by row.
  package let files: [String: PackedModel]
  package let skipped: [SkippedImage]
  /// What full precision answered.
  package let reference: ReportedReference
  /// The quantized rows as reports need them.
  package let networks: [ReportedNetwork]

  /// The stable JSON face.
  package struct Summary: Codable, Sendable {
    let rows: [ComparisonRow]
    let pValue: Double
    let skippedImages: [String]

    private enum CodingKeys: String, CodingKey {
      case rows
      case pValue = "p_value"
      case skippedImages = "skipped_images"
    }
  }

  package var summary: Summary {
    Summary(rows: rows, pValue: pValue, skippedImages: skipped.map(\.name))
  }

  /// The table, its figures as bars, what its BRECQ rows say of each other, and the images that were
  /// left out.
  package var text: String {
    (skipped.lines + [table.text, "", bars, "", verdict]).joined(separator: "\n")
  }

  /// Accuracy and divergence of every row as bars.
  private var bars: String {
    TextBars(rows.map { .init(name: $0.name, top1: $0.top1, kl: $0.kl) }).text
  }

  /// A line a network, full precision first.
  package var table: Table {
    var table = Table([
      ("network", .left), ("bits", .right), ("free bits", .right), ("MiB", .right),
      ("top-1 % [95 %]", .right), ("k/n", .right), ("KL", .right), ("flips", .right),
      ("time", .right),
    ])
    for row in rows {
      table.append([
        row.name, String(format: "%.2f", row.averageBits),
        String(format: "%.2f", row.averageFreeBits),
        String(format: "%.3f", row.bytes.mebibytes),
        String(
          format: "%.2f [%.2f, %.2f]", row.top1, row.top1Interval[0], row.top1Interval[1]),
        "\(row.correct1)/\(row.images)", Numbers.nats(row.kl), "\(row.flips)",
        String(format: "%.1f s", row.seconds),
      ])
    }
    return table
  }

  /// What the two BRECQ rows say of each other.
  package var verdict: String {
    "MixQuant + BRECQ against BRECQ: exact two-sided McNemar p = " + Numbers.p(pValue)
  }
}
