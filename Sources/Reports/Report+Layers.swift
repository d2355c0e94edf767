extension Report {
  /// A layer with weights.
  package struct Layer: Encodable, Equatable, Sendable {
    package var name: String
    package var weightCount: Int
    /// The harm of rounding the layer, by the measure `sensitivityName`.
    package var sensitivity: Double?

    package init(name: String, weightCount: Int, sensitivity: Double? = nil) {
      (self.name, self.weightCount, self.sensitivity) = (name, weightCount, sensitivity)
    }
  }

  /// A bit-width for every layer.
  package struct Plan: Encodable, Equatable, Sendable {
    /// Unique among the plans, such as "mixquant, 2.5 bits".
    package var name: String
    /// The allocator that made it.
    package var allocator: String
    /// The rule that made it.
    package var rule: String
    /// One per layer.
    package var bits: [Int]
    package var bytes: Int

    package init(name: String, allocator: String, rule: String, bits: [Int], bytes: Int) {
      (self.name, self.allocator, self.rule) = (name, allocator, rule)
      (self.bits, self.bytes) = (bits, bytes)
    }
  }

  /// The layers of one network: their widths and errors, and their shares of the file, the work and the time.
  package struct Costs: Encodable, Equatable, Sendable {
    package struct Layer: Encodable, Equatable, Sendable {
      package var bits: Int
      /// As `errorName` says.
      package var error: Double?
      package var bytes: Int
      /// For one image.
      package var multiplyAdds: Int
      /// The engine's kernel.
      package var kernel: String?
      package var seconds: Double?

      package init(bits: Int, bytes: Int, multiplyAdds: Int) {
        (self.bits, self.bytes, self.multiplyAdds) = (bits, bytes, multiplyAdds)
      }
    }

    /// The network's name.
    package var network: String
    /// The kind of `error`, such as "relative roundoff error".
    package var errorName: String
    /// The engine, and the images that were timed, in words, or why nothing was timed; empty if
    /// no times were asked for.
    package var timing = ""
    /// One per layer.
    package var layers: [Layer]
    /// The time of the steps without weights.
    package var otherSeconds = 0.0

    package init(network: String, errorName: String, layers: [Layer]) {
      (self.network, self.errorName, self.layers) = (network, errorName, layers)
    }
  }

  /// The roundoff error of every layer at every width.
  package struct ErrorTable: Encodable, Equatable, Sendable {
    /// The kind of errors, such as "relative roundoff error".
    package var name: String
    package var widths: [Int]
    /// Layers × widths.
    package var values: [[Double]]

    package init(name: String, widths: [Int], values: [[Double]]) {
      precondition(
        values.allSatisfy { $0.count == widths.count }, "errors for other widths than \(widths)")
      (self.name, self.widths, self.values) = (name, widths, values)
    }
  }

  /// The error of every unit of one network before and after its rounding was learned.
  package struct Reconstruction: Encodable, Equatable, Sendable {
    package struct Unit: Encodable, Equatable, Sendable {
      package var name: String
      package var before: Double
      package var after: Double

      package init(name: String, before: Double, after: Double) {
        (self.name, self.before, self.after) = (name, before, after)
      }
    }

    /// The row's name.
    package var name: String
    package var units: [Unit]

    package init(name: String, units: [Unit]) { (self.name, self.units) = (name, units) }
  }

  /// The positions of a layer's weights on their grids.
  ///
  /// Every weight is counted at w / scale + zeroPoint of its own channel's grid, so that code k of all
  /// channels is at k, and what lies outside 0…levels − 1 is clipped.
  package struct WeightHistogram: Encodable, Equatable, Sendable {
    package var layer: String
    package var bits: Int
    /// The start of the first bin, in codes.
    package var start: Double
    /// Bins of equal width in a code.
    package var binsPerCode: Int
    /// Weights in each bin.
    package var counts: [Int]

    package init(layer: String, bits: Int, start: Double, binsPerCode: Int, counts: [Int]) {
      (self.layer, self.bits, self.start) = (layer, bits, start)
      (self.binsPerCode, self.counts) = (binsPerCode, counts)
    }

    package var levels: Int { 1 << bits }
  }
}
