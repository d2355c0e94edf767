import Execution
import Foundation
package import MixQuantKit

/// The bootstrap of a sample's mean (Efron and Tibshirani, An Introduction to the Bootstrap,
/// 1993, chapters 13 and 16).
///
/// A paired comparison is the bootstrap of its differences: all that belongs to one image is drawn
/// together.
package struct Bootstrap: Equatable, Sendable {
  /// The mean of the sample itself.
  package let mean: Double
  /// The percentile interval at 95 %.
  package let interval: Interval
  /// Two-sided, of the hypothesis that the true mean is zero.
  ///
  /// The part of resamples of the *centred* sample whose mean is as far from zero as the sample's, that
  /// one counted too; so it is never below 1/(resamples + 1). Nor is it below 2^(1 − n) for n values, the
  /// smallest p that an exact test of their signs can give, since few values hardly vary when resampled.
  package let pValue: Double

  /// Draws `resamples` samples of the same size, with replacement.
  package init(of sample: [Double], resamples: Int = 10_000, seed: UInt64 = 0) {
    precondition(!sample.isEmpty && resamples >= 40, "\(resamples) of \(sample.count) values")
    var generator = SplitMix64(seed: seed)
    let mean = sample.reduce(0, +) / Double(sample.count)
    let means = (0..<resamples)
      .map { _ in Self.resampledMean(of: sample, generator: &generator) }.sorted()
    let tail = (resamples + 1) / 40
    self.mean = mean
    interval = Interval(low: means[tail - 1], high: means[resamples - tail])
    let extreme = means.count { abs($0 - mean) >= abs(mean) }
    pValue = max(
      Double(extreme + 1) / Double(resamples + 1), exp2(1 - Double(sample.count)))
  }

  private static func resampledMean(
    of sample: [Double], generator: inout SplitMix64
  ) -> Double {
    var sum = 0.0
    for _ in sample.indices { sum += sample[generator.index(below: sample.count)] }
    return sum / Double(sample.count)
  }
}
