import Files

extension ComparisonReport {
  /// One network of the comparison, scored.
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
    package var top1: Estimate
    /// Percent, if it was counted.
    package var top5: Double?
    /// The mean of KL(full precision ‖ this) over the images, in nats.
    package var kl: Estimate
    /// Images whose first answer is not full precision's; a mean where seeds were averaged.
    package var flips: Double
    package var images: Int
    /// The time of the quantization; zero for full precision.
    package var seconds: Double

    package init(
      name: String, allocator: String, method: String, bytes: Int, averageBits: Double,
      top1: Estimate, top5: Double?, kl: Estimate, flips: Double, images: Int, seconds: Double
    ) {
      self.name = name
      self.allocator = allocator
      self.method = method
      self.bytes = bytes
      self.averageBits = averageBits
      self.top1 = top1
      self.top5 = top5
      self.kl = kl
      self.flips = flips
      self.images = images
      self.seconds = seconds
    }

    package var isFullPrecision: Bool { method.isEmpty }
    package var mebibytes: Double { bytes.mebibytes }
  }

  /// A figure with its 95 % interval.
  package struct Estimate: Encodable, Equatable, Sendable {
    package var value: Double
    package var low: Double
    package var high: Double

    package init(_ value: Double, low: Double, high: Double) {
      self.value = value
      self.low = low
      self.high = high
    }
  }
}
