import Foundation
package import MixQuantKit
package import Quantization
package import Reconstruction

/// One plan that was quantized and scored in the search for the smallest file.
package struct TargetTrial: Codable, Equatable, Sendable {
  package let row: Row
  /// The SHA-256 of the packed file; nil if it was not kept.
  let fileDigest: String?
  /// The reports on all reconstructed units.
  package let units: [UnitReport]
}

extension TargetTrial {
  /// The figures of a trial, as printed and as in JSON.
  package struct Row: Codable, Equatable, Sendable {
    package let averageBits: Double
    /// The mean bits per weight over the layers that a plan may change.
    package let averageFreeBits: Double
    /// The width of each layer.
    package let bits: [BitWidth]
    /// The bytes of the packed file's tensors.
    package let bytes: Int
    /// The top-1 in percent.
    package let top1: Double
    /// Full precision's top-1 minus this one, in points.
    package let drop: Double
    package let dropInterval: Interval
    /// The time of quantizing and scoring, in seconds.
    package let seconds: Double
    /// True if the drop was within the limit, so that the file was written.
    package let kept: Bool

    /// The figures in words.
    var summary: String {
      String(
        format: "%.2f bits per weight, %d bytes: top-1 %.2f %%, drop %.2f [%.2f, %.2f], ",
        averageBits, bytes, top1, drop, dropInterval.low, dropInterval.high)
        + (kept ? "kept" : "too much")
    }

    private enum CodingKeys: String, CodingKey {
      case bits, bytes, top1, drop, seconds, kept
      case averageBits = "average_bits"
      case averageFreeBits = "average_free_bits"
      case dropInterval = "drop_interval"
    }
  }
}
