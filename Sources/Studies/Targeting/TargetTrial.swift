package import MixQuantKit
package import Quantization
package import Reconstruction

/// One plan that was quantized and scored in the search for the smallest file.
package struct TargetTrial: Codable, Equatable, Sendable {
  /// The hash of all that decides the trial, see `WorkIdentity`.
  let key: String
  package let plan: BitPlan
  /// The packed file's tensors.
  package let bytes: Int
  /// Mean bits a weight over the layers that a plan may change.
  package let averageFreeBits: Double
  /// Percent.
  package let top1: Double
  package let drop: AccuracyDrop
  /// Of quantizing and scoring.
  package let seconds: Double
  /// SHA-256 of the packed file; none where it was not kept.
  let fileDigest: String?
  /// What reconstruction made of every block.
  package let units: [UnitReport]

  /// What people and programs get to see of a trial.
  package struct Row: Codable, Equatable, Sendable {
    package let averageBits: Double
    package let averageFreeBits: Double
    /// One a layer.
    package let bits: [BitWidth]
    package let bytes: Int
    package let top1: Double
    package let drop: Double
    package let dropInterval: Interval
    package let seconds: Double
    /// Whether the drop was within the limit, so that the file was written.
    package let kept: Bool

    private enum CodingKeys: String, CodingKey {
      case bits, bytes, top1, drop, seconds, kept
      case averageBits = "average_bits"
      case averageFreeBits = "average_free_bits"
      case dropInterval = "drop_interval"
    }
  }

  /// - Parameter limit: what decides whether the trial is kept.
  package func row(_ limit: DropLimit) -> Row {
    Row(
      averageBits: plan.averageBits(), averageFreeBits: averageFreeBits, bits: plan.bitWidths,
      bytes: bytes, top1: top1, drop: drop.points, dropInterval: drop.interval, seconds: seconds,
      kept: limit.holds(drop))
  }
}
