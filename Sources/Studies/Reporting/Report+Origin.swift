import Datasets
import Files
import Reports

extension Report {
  /// Adds what made the report, one fact per line, without those that are empty.
  mutating func addOrigin(_ facts: [(name: String, value: String)]) {
    for (name, value) in facts where !value.isEmpty { origin.append([name, value], limit: 8000) }
  }
}

extension Report.Subject {
  init(
    model: String, architecture: String, parameterCount: Int, imageSize: Int,
    transform: Transform, evaluation: String, calibration: String
  ) {
    let fraction = transform.resize.flatMap { resize in
      transform.crop.map { Double($0) / Double(resize) }
    }
    self.init(
      model: model, architecture: architecture, parameterCount: parameterCount,
      imageSize: imageSize, cropFraction: fraction ?? 1,
      interpolation: transform.interpolation.rawValue, evaluation: evaluation,
      calibration: calibration)
  }
}
