import Foundation
import Pipeline
import Quantization

/// Shows a search for the smallest file on the console: what is to come, then each trial as it is done.
final class AccuracyTargetProgress {
  private let console: Console
  private let trial: TrialProgress
  private var number = 0
  private var count = 0

  init(console: Console, unitCount: Int) {
    self.console = console
    trial = TrialProgress(console: console, unitCount: unitCount, isBrief: true)
  }

  func show(_ event: AccuracyTargetEvent) {
    switch event {
    case .beganFullPrecision: trial.begin("full precision")
    case .planning(let fraction): console.advance(to: fraction, "planning")
    case .planned(let plans, let tries, let seconds, let estimate, let known):
      console.note(
        "search     \(plans) plans, at most \(tries) trials, about "
          + "\(Console.time(Double(tries) * seconds)) (\(Console.time(seconds)) each)")
      if let estimate { console.note(estimate.line) }
      if known > 0 { console.note("search     goes on: \(known) trials were done before") }
    case .began(let plan, let number, let count):
      (self.number, self.count) = (number, count)
      trial.begin(
        "[\(number)/\(count)] " + String(format: "%.2f bits a weight", plan.averageBits()))
    case .trial(let event): trial.show(event)
    case .finished(let row, let isKnown, let secondsLeft):
      console.note(line(row, isKnown: isKnown, secondsLeft: secondsLeft))
    }
  }

  private func line(_ row: TargetTrial.Row, isKnown: Bool, secondsLeft: Double) -> String {
    let numbers = String(
      format: "%.2f bits a weight, %d bytes: top-1 %.2f %%, drop %.2f [%.2f, %.2f]",
      row.averageBits, row.bytes, row.top1, row.drop, row.dropInterval.low, row.dropInterval.high)
    let time = isKnown ? "as before" : Console.time(row.seconds)
    let left = number < count ? ", at most \(Console.time(secondsLeft)) left" : ""
    return "[\(number)/\(count)] \(numbers), \(row.kept ? "kept" : "too much"), \(time)\(left)"
  }
}
