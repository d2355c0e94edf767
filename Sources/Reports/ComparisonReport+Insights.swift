package import Foundation

extension ComparisonReport {
  /// The error of every unit of one network before and after its rounding was learned.
  package struct Reconstruction: Encodable, Equatable, Sendable {
    package struct Unit: Encodable, Equatable, Sendable {
      package var name: String
      package var before: Double
      package var after: Double

      package init(name: String, before: Double, after: Double) {
        self.name = name
        self.before = before
        self.after = after
      }
    }

    /// The row's name.
    package var name: String
    package var units: [Unit]

    package init(name: String, units: [Unit]) {
      self.name = name
      self.units = units
    }
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
      self.layer = layer
      self.bits = bits
      self.start = start
      self.binsPerCode = binsPerCode
      self.counts = counts
    }

    package var levels: Int { 1 << bits }
  }

  /// Images that quantized networks answer otherwise than full precision does.
  package struct Flips: Encodable, Equatable, Sendable {
    /// The number of images that any of the networks answers otherwise.
    package var imageCount = 0
    /// The quantized networks that were asked.
    package var networkCount = 0
    /// Some of the images, to look at.
    package var shown: [FlippedImage] = []

    package init(imageCount: Int = 0, networkCount: Int = 0, shown: [FlippedImage] = []) {
      self.imageCount = imageCount
      self.networkCount = networkCount
      self.shown = shown
    }
  }

  /// One image and what the networks say of it.
  package struct FlippedImage: Encodable, Equatable, Sendable {
    /// An answer that is not full precision's, and the rows that gave it.
    package struct Answer: Encodable, Equatable, Sendable {
      package var label: String
      package var rows: [String]

      package init(label: String, rows: [String]) {
        self.label = label
        self.rows = rows
      }
    }

    package var name: String
    package var truth: String
    /// Full precision's answer.
    package var reference: String
    package var answers: [Answer]
    /// The bytes of a PNG file.
    package var thumbnail: Data

    // The thumbnail is for looking at.
    private enum CodingKeys: String, CodingKey { case name, truth, reference, answers }

    package init(
      name: String, truth: String, reference: String, answers: [Answer], thumbnail: Data
    ) {
      self.name = name
      self.truth = truth
      self.reference = reference
      self.answers = answers
      self.thumbnail = thumbnail
    }
  }
}
