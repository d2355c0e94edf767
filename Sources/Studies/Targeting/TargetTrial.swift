package import MixQuantKit
package import Quantization
package import Reconstruction

/// One plan that was quantized and scored in the search for the smallest file.
package struct TargetTrial: Codable, Equatable, Sendable {
  package let row: Row
  /// SHA-256 of the packed file; nil if it was not kept.
  let fileDigest: String?
  /// The reports on all reconstructed units.
  package let units: [UnitReport]
}

extension TargetTrial {
  /// The figures of a trial that people and programs see.
  package struct Row: Codable, Equatable, Sendable {
    package let averageBits: Double
    /// Mean bits per weight over the layers that a plan may change.
    package let averageFreeBits: Double
    /// One per layer.
    package let bits: [BitWidth]
    /// The tensors of the packed file.
    package let bytes: Int
    /// Percent.
    package let top1: Double
    package let drop: Double
    package let dropInterval: Interval
    /// The time of quantizing and scoring.
    package let seconds: Double
    /// True if the drop was within the limit, so that the file was written.
    package let kept: Bool

    private enum CodingKeys: String, CodingKey {
      case bits, bytes, top1, drop, seconds, kept
      case averageBits = "average_bits"
      case averageFreeBits = "average_free_bits"
      case dropInterval = "drop_interval"
    }
  }
}
