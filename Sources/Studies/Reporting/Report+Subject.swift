import Datasets
import Reports

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
