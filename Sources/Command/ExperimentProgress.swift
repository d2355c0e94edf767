import Foundation
import MixQuantKit
import Reports
import Studies

/// Shows trials on the console: the network that is quantized or scored.
final class TrialProgress {
  private let console: Console
  private let unitCount: Int
  private let isBrief: Bool
  private var quantization: QuantizationProgress

  /// - Parameter isBrief: If true, there are no lines on reconstructed units.
  init(console: Console, unitCount: Int, isBrief: Bool = false) {
    self.console = console
    self.unitCount = unitCount
    self.isBrief = isBrief
    quantization = QuantizationProgress(console: console, unitCount: unitCount)
  }

  /// A new trial begins.
  func begin(_ name: String) {
    quantization = QuantizationProgress(
      console: console, unitCount: unitCount, task: name, isBrief: isBrief)
    console.begin(name)
  }

  func show(_ event: TrialEvent) {
    switch event {
    case .quantizing(let event): quantization.show(event)
    case .evaluating(let done, let total):
      console.advance(to: Double(done) / Double(total), "evaluating")
    }
  }
}

/// The number of a trial and of all trials, for the beginning and the end of every line on it.
struct TrialNumber {
  let number: Int
  let count: Int

  var mark: String { "[\(number)/\(count)]" }

  /// Returns the time that a finished trial took, and the time that is left.
  func times(_ seconds: Double, isKept: Bool, left: Double, atMost: Bool = false) -> String {
    (isKept ? "as before" : Console.time(seconds))
      + (number < count ? ", \(atMost ? "at most" : "about") \(Console.time(left)) left" : "")
  }
}

/// Shows an experiment on the console: each cell as it is done, and the time that is left.
final class ExperimentProgress {
  private let console: Console
  private let trial: TrialProgress
  private let name: (ExperimentCell) -> String
  private var trialNumber = TrialNumber(number: 0, count: 0)

  /// - Parameter name: Returns the words for a cell.
  init(
    console: Console, unitCount: Int, isBrief: Bool = true,
    name: @escaping (ExperimentCell) -> String = \.description
  ) {
    self.console = console
    self.name = name
    trial = TrialProgress(console: console, unitCount: unitCount, isBrief: isBrief)
  }

  func show(_ event: ExperimentEvent) {
    switch event {
    case .beganFullPrecision: trial.begin("full precision")
    case .began(let cell, let number, let count):
      trialNumber = TrialNumber(number: number, count: count)
      trial.begin("\(trialNumber.mark) \(name(cell))")
    case .planning(let fraction): console.advance(to: fraction, "planning")
    case .audited(let audit): audit.lines.forEach(console.note)
    case .trial(let event): trial.show(event)
    case .finished(let cell, let score, let isKept, let secondsLeft):
      console.note(line(cell, score, isKept: isKept, secondsLeft: secondsLeft))
    }
  }

  private func line(
    _ cell: ExperimentCell, _ score: CellScore, isKept: Bool, secondsLeft: Double
  ) -> String {
    let numbers =
      String(format: "top-1 %.2f %%, KL ", score.accuracy.top1) + Numbers.nats(score.kl)
    let times = trialNumber.times(score.seconds, isKept: isKept, left: secondsLeft)
    return "\(trialNumber.mark) \(name(cell)): \(numbers), \(times)"
  }
}
