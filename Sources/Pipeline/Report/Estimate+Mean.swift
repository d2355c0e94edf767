import Foundation
package import Reports

extension ComparisonReport.Estimate {
  /// The mean of values, one an image, with the normal 95 % interval of a mean.
  package init(meanOf values: [Double]) {
    let count = Double(max(1, values.count))
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / max(1, count - 1) / count).squareRoot()
    self.init(mean, low: max(0, mean - 1.96 * error), high: mean + 1.96 * error)
  }
}
