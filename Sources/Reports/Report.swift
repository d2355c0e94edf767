/// A finished comparison, or one packed file, as plain data: all that pages, tables and pictures show.
///
/// It knows neither networks nor files. A part that is empty does not appear.
package struct Report: Encodable, Equatable, Sendable {
  package var title: String
  package var subject: Subject
  /// The result in plain words, the most important sentence first.
  package var verdict: [String] = []
  /// Full precision first, if it was scored.
  package var rows: [Row] = []
  /// The statistics: a table per question, with a line per pair of networks.
  package var tests: [Table] = []
  /// The warnings to a reader: images left out, overlaps, caveats.
  package var notes: [String] = []
  /// The command, versions, hashes and settings, one per line.
  package var origin = Table(
    caption: "How this was made", [("what", .left), ("value", .left)])
  package var classes: Classes?
  package var confusion: Confusion?
  /// In network order; the lists of `costs`, of every plan and of `errors` are in the same order.
  package var layers: [Layer] = []
  /// The meaning of `Layer.sensitivity`, such as "relative roundoff error at 2 bits".
  package var sensitivityName = ""
  package var plans: [Plan] = []
  package var costs: Costs?
  package var errors: ErrorTable?
  package var reconstructions: [Reconstruction] = []
  package var histograms: [WeightHistogram] = []
  package var flips = Flips()

  package init(title: String, subject: Subject) {
    (self.title, self.subject) = (title, subject)
  }

  /// Adds what made the report, one fact per line, without those that are empty.
  package mutating func addOrigin(_ facts: [(name: String, value: String)]) {
    for (name, value) in facts where !value.isEmpty { origin.append([name, value], limit: 8000) }
  }
}

extension Report {
  /// The model and the images.
  package struct Subject: Encodable, Equatable, Sendable {
    /// The file name.
    package var model: String
    package var architecture: String
    package var parameterCount: Int
    /// The side of the images that the network sees, in pixels.
    package var imageSize: Int
    /// The crop's side over the resized image's, timm's `crop_pct`.
    package var cropFraction: Double
    package var interpolation: String
    /// The images that were scored, in words; empty if there were none.
    package var evaluation: String
    /// The images that quantization saw, in words.
    package var calibration: String

    package init(
      model: String, architecture: String, parameterCount: Int, imageSize: Int,
      cropFraction: Double, interpolation: String, evaluation: String, calibration: String
    ) {
      (self.model, self.architecture) = (model, architecture)
      (self.parameterCount, self.imageSize) = (parameterCount, imageSize)
      (self.cropFraction, self.interpolation) = (cropFraction, interpolation)
      (self.evaluation, self.calibration) = (evaluation, calibration)
    }

    /// The subject in a sentence or two.
    var text: String {
      let parts = [
        "\(architecture), \(Numbers.count(parameterCount)) parameters.",
        evaluation.isEmpty ? "" : "Scored on \(evaluation).",
        calibration.isEmpty ? "" : "Calibrated on \(calibration).",
      ]
      return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }
  }
}
