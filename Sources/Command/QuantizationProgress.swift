import Execution
import Files
import Foundation
import MixQuantKit
import Reconstruction

/// The display of a quantization: one line per reconstructed unit and the finished fraction.
final class QuantizationProgress {
  private let console: Console
  private let unitCount: Int
  private let task: String
  private let isBrief: Bool
  private var finishedUnits = 0
  private var unitStart = ContinuousClock.now

  /// - Parameters:
  ///   - task: The name of the bar.
  ///   - isBrief: True to leave out the lines on reconstructed units.
  init(
    console: Console, unitCount: Int, task: String = "reconstructing", isBrief: Bool = false
  ) {
    self.console = console
    self.unitCount = unitCount
    self.task = task
    self.isBrief = isBrief
  }

  func show(_ event: QuantizationEvent) {
    switch event {
    case .readingImages(let done, let total):
      if done == total { begin() }
    case .skipped(let images): images.lines.forEach(console.note)
    case .resuming(let units): console.note("resuming   after \(units) finished units")
    case .findingActivationRanges:
      finishedUnits = 0
      begin()
    case .reconstruction(.step(let stage, let unit, let step, let steps)):
      let fraction = (Double(finishedUnits) + Double(step) / Double(steps)) / Double(unitCount)
      console.advance(
        to: min(fraction, 1), "\(stage.rawValue) \(unit) step \(step)/\(steps)")
    case .reconstruction(.finished(let stage, let report)):
      finishedUnits += 1
      if !isBrief { console.note(line(stage, report)) }
      unitStart = .now
    }
  }

  private func begin() {
    console.begin(task)
    unitStart = .now
  }

  private func line(_ stage: ReconstructionEvent.Stage, _ report: UnitReport) -> String {
    let time = Console.time((ContinuousClock.now - unitStart).seconds)
    return "\(stage.rawValue) \(report.unit)  "
      + String(format: "error %.5g → %.5g", report.errorBefore, report.errorAfter)
      + (report.isImproved ? "" : " (kept the start)")
      + String(format: "  \(time)  %.0f MiB", peakResidentBytes().mebibytes)
  }
}

extension RunEstimate {
  /// The estimate as a line to print before the work.
  var line: String {
    "estimate   about \(Console.time(seconds)), "
      + String(
        format: "peak memory about %.0f MiB (found in %.1f s)", bytes.mebibytes,
        probeSeconds)
  }
}
