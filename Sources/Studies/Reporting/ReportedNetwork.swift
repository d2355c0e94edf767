import Datasets
import MixQuantKit
package import Reports

/// One quantized network of a report: a cell, the score that shows its plan and its answers, and its row.
struct ReportedNetwork: Sendable {
  let cell: ExperimentCell
  /// The cell's score; the first seed's if seeds are averaged.
  let score: CellScore
  /// Random fills share an allocator, and the first of them is drawn for all.
  let row: Report.Row
}

extension Report.Row {
  /// Full precision's row.
  init(fullPrecisionIn record: ExperimentRecord) {
    let accuracy = record.accuracy
    self.init(name: "full-precision", bytes: record.fullPrecision.bytes, averageBits: 32)
    top1 = .init(accuracy.top1, accuracy.interval)
    top5 = record.fullPrecision.correct5.map { _ in accuracy.top5 }
    images = accuracy.images
  }
}

extension Report.Estimate {
  /// A figure with the interval that goes with it.
  init(_ value: Double, _ interval: Interval) {
    self.init(value, low: interval.low, high: interval.high)
  }

  /// The mean of values, one per image, with the bootstrap's 95 % interval.
  package init(meanOf values: [Double]) {
    guard !values.isEmpty else {
      self.init(0, low: 0, high: 0)
      return
    }
    let bootstrap = Bootstrap(of: values)
    self.init(bootstrap.mean, bootstrap.interval)
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
