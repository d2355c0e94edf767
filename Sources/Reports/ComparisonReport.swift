/// A finished comparison as plain data: all that pages, tables and pictures are drawn from.
///
/// It knows neither networks nor files, so that whatever compares can fill it in.
package struct ComparisonReport: Encodable, Equatable, Sendable {
  package var subject: Subject
  /// Full precision first.
  package var rows: [Row]
  /// The results of the statistics, a sentence each.
  package var findings: [String]
  /// The statistics behind them: a table per question, with a line per pair of networks.
  package var tests: [Table]
  /// The warnings to a reader: images left out, overlaps, caveats.
  package var notes: [String]
  /// In network order; the bits of every plan and the rows of `errors` are of these.
  package var layers: [Layer]
  /// The meaning of `Layer.sensitivity`, such as "relative roundoff error at 2 bits".
  package var sensitivityName: String
  package var plans: [Plan]
  package var errors: ErrorTable?
  package var reconstructions: [Reconstruction]
  package var histograms: [WeightHistogram]
  package var flips: Flips

  package init(
    subject: Subject, rows: [Row], findings: [String] = [], tests: [Table] = [],
    notes: [String] = [],
    layers: [Layer] = [], sensitivityName: String = "", plans: [Plan] = [],
    errors: ErrorTable? = nil, reconstructions: [Reconstruction] = [],
    histograms: [WeightHistogram] = [], flips: Flips = Flips()
  ) {
    self.subject = subject
    self.rows = rows
    self.findings = findings
    self.tests = tests
    self.notes = notes
    self.layers = layers
    self.sensitivityName = sensitivityName
    self.plans = plans
    self.errors = errors
    self.reconstructions = reconstructions
    self.histograms = histograms
    self.flips = flips
  }
}

extension ComparisonReport {
  /// The model and the images.
  package struct Subject: Encodable, Equatable, Sendable {
    /// The checkpoint's file name.
    package var model: String
    package var architecture: String
    package var parameterCount: Int
    /// The side of the images that the network sees, in pixels.
    package var imageSize: Int
    /// The crop's side over the resized image's, timm's `crop_pct`.
    package var cropFraction: Double
    package var interpolation: String
    /// The images that were scored, in words.
    package var evaluation: String
    /// The images that quantization saw, in words.
    package var calibration: String

    package init(
      model: String, architecture: String, parameterCount: Int, imageSize: Int,
      cropFraction: Double, interpolation: String, evaluation: String, calibration: String
    ) {
      self.model = model
      self.architecture = architecture
      self.parameterCount = parameterCount
      self.imageSize = imageSize
      self.cropFraction = cropFraction
      self.interpolation = interpolation
      self.evaluation = evaluation
      self.calibration = calibration
    }
  }

  /// A weight layer.
  package struct Layer: Encodable, Equatable, Sendable {
    package var name: String
    package var weightCount: Int
    /// The harm of rounding the layer, by the measure `sensitivityName`.
    package var sensitivity: Double?

    package init(name: String, weightCount: Int, sensitivity: Double? = nil) {
      self.name = name
      self.weightCount = weightCount
      self.sensitivity = sensitivity
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
      self.name = name
      self.allocator = allocator
      self.rule = rule
      self.bits = bits
      self.bytes = bytes
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
      self.name = name
      self.widths = widths
      self.values = values
    }
  }
}
