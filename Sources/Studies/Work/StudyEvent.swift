package import MixQuantKit

/// The events of a study: a comparison, or a search for the smallest file.
package enum StudyEvent: Sendable {
  case beganFullPrecision
  case audited(ImageAudit)
  /// A table by which an allocator decides is being measured; the value is the finished fraction.
  case planning(Double)
  case planned(TrialForecast)
  /// A trial has begun; `name` is for people.
  case began(name: String, number: Int, of: Int)
  case quantizing(QuantizationEvent)
  case evaluating(done: Int, of: Int)
  /// A trial has ended; `summary` has its name and its figures.
  ///
  /// - Parameters:
  ///   - seconds: The time of its work.
  ///   - isKept: True if it was equal work that had been done before.
  ///   - secondsLeft: The time of all trials that may follow.
  case finished(summary: String, seconds: Double, isKept: Bool, secondsLeft: Double)
}

/// The forecast of a search before its first trial.
package struct TrialForecast: Sendable {
  /// The number of plans that are searched.
  package let plans: Int
  /// The largest number of trials.
  package let trials: Int
  /// The time in seconds that scoring full precision and planning took.
  package let secondsSpent: Double
  package let secondsPerTrial: Double
  /// The estimate of a trial's reconstruction, if it has one.
  package let estimate: RunEstimate?
  /// The number of trials that an interrupted search has done.
  package let knownTrials: Int

  /// The largest time of all trials, in seconds.
  package var seconds: Double { Double(trials) * secondsPerTrial }
}
