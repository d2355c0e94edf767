internal import Reconstruction

/// The state of a running quantization.
public struct Progress: Sendable, Equatable {
  /// The current task for people, such as "weights layer1.0 step 20/500".
  public let task: String
  /// The fraction of the current stage that is done, from 0 to 1.
  public let fraction: Double

  /// The answer to a progress report.
  public enum Decision: Sendable {
    /// Continues the run.
    case proceed
    /// Ends the run; finished units stay in the `resuming` file if one is given.
    case cancel
  }
}

/// A converter from the events of a run to progress.
package struct ProgressTracker {
  private let unitCount: Int
  private var finished = 0

  package init(unitCount: Int) { self.unitCount = max(1, unitCount) }

  package mutating func progress(after event: QuantizationEvent) -> Progress {
    switch event {
    case .readingImages(let done, let total):
      finished = 0
      return Progress(
        task: "reading images \(done)/\(total)", fraction: Double(done) / Double(max(1, total)))
    case .skipped(let images): return Progress(task: "skipped \(images.count) images", fraction: 0)
    case .findingActivationRanges:
      finished = 0
      return Progress(task: "finding the ranges of activations", fraction: 0)
    case .resuming(let units):
      return Progress(task: "resuming after \(units) finished units", fraction: 0)
    case .reconstruction(.step(let stage, let unit, let step, let steps)):
      let done = Double(finished) + Double(step) / Double(max(1, steps))
      return Progress(
        task: "\(stage.rawValue) \(unit) step \(step)/\(steps)",
        fraction: min(1, done / Double(unitCount)))
    case .reconstruction(.finished(let stage, let report)):
      finished += 1
      return Progress(
        task: "\(stage.rawValue) \(report.unit) finished",
        fraction: min(1, Double(finished) / Double(unitCount)))
    }
  }
}
