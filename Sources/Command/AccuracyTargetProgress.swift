import Foundation
import MixQuantKit
import Quantization
import Studies

/// The display of a search for the smallest file: first the forecast, then each finished trial.
final class AccuracyTargetProgress {
  private let console: Console
  private let trial: TrialProgress
  private var trialNumber = TrialNumber(number: 0, count: 0)

  init(console: Console, unitCount: Int) {
    self.console = console
    trial = TrialProgress(console: console, unitCount: unitCount)
  }

  func show(_ event: AccuracyTargetEvent) {
    switch event {
    case .beganFullPrecision: trial.begin("full precision")
    case .planning(let fraction): console.advance(to: fraction, "planning")
    case .planned(let forecast): tell(forecast)
    case .began(let plan, let number, let count):
      trialNumber = TrialNumber(number: number, count: count)
      trial.begin(
        "\(trialNumber.mark) " + String(format: "%.2f bits per weight", plan.averageBits()))
    case .trial(let event): trial.show(event)
    case .finished(let row, let isKnown, let secondsLeft):
      console.note(line(row, isKnown: isKnown, secondsLeft: secondsLeft))
      trial.expect(secondsLeft)
    }
  }

  private func tell(_ forecast: TargetForecast) {
    console.note(
      "search     \(forecast.plans) plans, at most \(forecast.trials) trials, about "
        + "\(Console.time(forecast.seconds)) (\(Console.time(forecast.secondsPerTrial)) each)")
    trial.expect(forecast.seconds)
    if let estimate = forecast.estimate { console.note(estimate.line + ", for each trial") }
    guard forecast.knownTrials > 0 else { return }
    console.note("search     resumes after \(forecast.knownTrials) finished trials")
  }

  private func line(_ row: TargetTrial.Row, isKnown: Bool, secondsLeft: Double) -> String {
    let numbers = String(
      format: "%.2f bits per weight, %d bytes: top-1 %.2f %%, drop %.2f [%.2f, %.2f]",
      row.averageBits, row.bytes, row.top1, row.drop, row.dropInterval.low, row.dropInterval.high)
    let times = trialNumber.times(row.seconds, isKept: isKnown, left: secondsLeft, atMost: true)
    return "\(trialNumber.mark) \(numbers), \(row.kept ? "kept" : "too much"), \(times)"
  }
}
