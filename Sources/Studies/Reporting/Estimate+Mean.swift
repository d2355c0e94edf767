import MixQuantKit
package import Reports

extension ComparisonReport.Estimate {
  /// A figure with the interval that goes with it.
  init(_ value: Double, _ interval: Interval) {
    self.init(value, low: interval.low, high: interval.high)
  }

  /// The mean of values, one an image, with the bootstrap's 95 % interval.
  package init(meanOf values: [Double]) {
    guard !values.isEmpty else {
      self.init(0, low: 0, high: 0)
      return
    }
    let bootstrap = Bootstrap(of: values)
    self.init(bootstrap.mean, bootstrap.interval)
  }
}
