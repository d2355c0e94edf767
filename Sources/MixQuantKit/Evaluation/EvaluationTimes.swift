import Execution

/// The times of an evaluation in seconds.
package struct EvaluationTimes: Sendable {
  /// The time from the beginning to the end.
  package let seconds: Double
  /// The processor time of reading, decoding and transforming the images, of all threads and ranks.
  package let decodingSeconds: Double
  /// The processor time of everything, of all threads and ranks.
  package let processorSeconds: Double
}

/// Measures an evaluation from its creation on.
struct EvaluationWatch {
  private let start = ContinuousClock.now
  private let busy = processSeconds()

  /// Returns the times until now; processor times are those of all ranks together.
  func times(decoding: Double, _ context: Context) -> EvaluationTimes {
    let all = context.gather([[decoding, processSeconds() - busy]], of: context.ranks.count)
    return EvaluationTimes(
      seconds: (ContinuousClock.now - start).seconds,
      decodingSeconds: all.reduce(0) { $0 + $1[0] },
      processorSeconds: all.reduce(0) { $0 + $1[1] })
  }
}
