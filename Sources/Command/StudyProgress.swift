import Foundation
import MixQuantKit
import Studies

/// The display of a study: its forecast, each finished trial and the remaining time.
final class StudyProgress {
  private let console: Console
  private let unitCount: Int
  private var quantization: QuantizationProgress
  /// The place of the current trial among all, such as `[3/8]`.
  private var place = ""
  private var isLast = false

  init(console: Console, unitCount: Int) {
    self.console = console
    self.unitCount = unitCount
    quantization = QuantizationProgress(console: console, unitCount: unitCount)
  }

  func show(_ event: StudyEvent) {
    switch event {
    case .beganFullPrecision: begin("full precision")
    case .audited(let audit): audit.lines.forEach(console.note)
    case .planning(let fraction): console.advance(to: fraction, "planning")
    case .planned(let forecast): note(forecast)
    case .began(let name, let number, let count):
      (place, isLast) = ("[\(number)/\(count)]", number == count)
      begin("\(place) \(name)")
    case .quantizing(let event): quantization.show(event)
    case .evaluating(let done, let total):
      console.advance(to: Double(done) / Double(total), "evaluating")
    case .finished(let summary, let seconds, let isKept, let left):
      let time = isKept ? "as before" : Console.time(seconds)
      console.note(
        "\(place) \(summary), \(time)" + (isLast ? "" : ", about \(Console.time(left)) left"))
      console.expect(all: left)
    }
  }

  private func begin(_ name: String) {
    quantization = QuantizationProgress(
      console: console, unitCount: unitCount, task: name, isBrief: true)
    console.begin(name)
  }

  private func note(_ forecast: TrialForecast) {
    console.note(
      "search     \(forecast.plans) plans, at most \(forecast.trials) trials, about "
        + "\(Console.time(forecast.seconds)) (\(Console.time(forecast.secondsPerTrial)) each)")
    console.expect(all: forecast.seconds)
    if let estimate = forecast.estimate { console.note(estimate.line + ", for each trial") }
    guard forecast.knownTrials > 0 else { return }
    console.note("search     resumes after \(forecast.knownTrials) finished trials")
  }
}
