import Foundation
import MixQuantKit
import Reports
import Studies

/// The display of trials: their quantization and their scoring.
final class TrialProgress {
  private let console: Console
  private let unitCount: Int
  private var quantization: QuantizationProgress

  init(console: Console, unitCount: Int) {
    self.console = console
    self.unitCount = unitCount
    quantization = QuantizationProgress(console: console, unitCount: unitCount)
  }

  /// Begins a new trial.
  func begin(_ name: String) {
    quantization = QuantizationProgress(
      console: console, unitCount: unitCount, task: name, isBrief: true)
    console.begin(name)
  }

  /// Sets the seconds until all trials end.
  func expect(_ seconds: Double) { console.expect(all: seconds) }

  func show(_ event: TrialEvent) {
    switch event {
    case .quantizing(let event): quantization.show(event)
    case .evaluating(let done, let total):
      console.advance(to: Double(done) / Double(total), "evaluating")
    }
  }
}

/// The number of a trial and the number of all trials, for the lines about it.
struct TrialNumber {
  let number: Int
  let count: Int

  var mark: String { "[\(number)/\(count)]" }

  /// Returns the time of a finished trial and the remaining time as text.
  func times(_ seconds: Double, isKept: Bool, left: Double, atMost: Bool = false) -> String {
    (isKept ? "as before" : Console.time(seconds))
      + (number < count ? ", \(atMost ? "at most" : "about") \(Console.time(left)) left" : "")
  }
}

/// The display of an experiment: each finished cell and the remaining time.
final class ExperimentProgress {
  private let console: Console
  private let trial: TrialProgress
  private var trialNumber = TrialNumber(number: 0, count: 0)

  init(console: Console, unitCount: Int) {
    self.console = console
    trial = TrialProgress(console: console, unitCount: unitCount)
  }

  func show(_ event: ExperimentEvent) {
    switch event {
    case .beganFullPrecision: trial.begin("full precision")
    case .began(let cell, let number, let count):
      trialNumber = TrialNumber(number: number, count: count)
      trial.begin("\(trialNumber.mark) \(cell.description)")
    case .planning(let fraction): console.advance(to: fraction, "planning")
    case .audited(let audit): audit.lines.forEach(console.note)
    case .trial(let event): trial.show(event)
    case .finished(let cell, let score, let isKept, let secondsLeft):
      console.note(line(cell, score, isKept: isKept, secondsLeft: secondsLeft))
      trial.expect(secondsLeft)
    }
  }

  private func line(
    _ cell: ExperimentCell, _ score: CellScore, isKept: Bool, secondsLeft: Double
  ) -> String {
    let numbers =
      String(format: "top-1 %.2f %%, KL ", score.accuracy.top1) + Numbers.nats(score.kl)
    let times = trialNumber.times(score.seconds, isKept: isKept, left: secondsLeft)
    return "\(trialNumber.mark) \(cell.description): \(numbers), \(times)"
  }
}
