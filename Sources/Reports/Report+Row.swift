import Files

extension Report {
  /// One network and its scores.
  ///
  /// A figure that nobody measured is nil, and a column without figures is left out.
  package struct Row: Encodable, Equatable, Sendable {
    package var name: String
    /// The allocator that chose the bit-widths; empty for full precision.
    package var allocator: String
    /// The rounding method; empty for full precision.
    package var method: String
    /// The payload of its file.
    package var bytes: Int
    /// Bits a weight over all layers.
    package var averageBits: Double
    /// Bits a weight over the layers that a plan may change, if there was a plan to compare.
    package var averageFreeBits: Double?
    package var top1: Estimate?
    /// Percent.
    package var top5: Double?
    /// The mean of KL(full precision ‖ this) over the images, in nats.
    package var kl: Estimate?
    /// Images whose first answer is not full precision's; a mean where seeds were averaged.
    package var flips: Double?
    package var images = 0
    /// The time of the quantization.
    package var seconds: Double?

    package init(
      name: String, allocator: String = "", method: String = "", bytes: Int, averageBits: Double
    ) {
      (self.name, self.allocator, self.method) = (name, allocator, method)
      (self.bytes, self.averageBits) = (bytes, averageBits)
    }

    package var isFullPrecision: Bool { method.isEmpty }
    package var mebibytes: Double { bytes.mebibytes }
  }

  /// The row of full precision, if it was scored.
  var reference: Row? { rows.first(where: \.isFullPrecision) }

  /// A figure with its 95 % interval.
  package struct Estimate: Encodable, Equatable, Sendable {
    package var value: Double
    package var low: Double
    package var high: Double

    package init(_ value: Double, low: Double, high: Double) {
      (self.value, self.low, self.high) = (value, low, high)
    }
  }
}
