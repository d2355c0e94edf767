import Execution
import Files
import Foundation
import MixQuantKit
import Reconstruction
import Reports

/// The display of a quantization: one line per reconstructed unit and the finished fraction.
final class QuantizationProgress {
  private let console: Console
  private let task: String
  private let isBrief: Bool
  /// The seconds that the activation stage is expected to take.
  private let activationSeconds: Double
  private var tracker: ProgressTracker
  private var unitStart = ContinuousClock.now

  /// - Parameters:
  ///   - task: The name of the bar.
  ///   - isBrief: True to leave out the lines on reconstructed units.
  init(
    console: Console, unitCount: Int, task: String = "reconstructing", isBrief: Bool = false,
    estimate: RunEstimate? = nil
  ) {
    self.console = console
    self.task = task
    self.isBrief = isBrief
    tracker = ProgressTracker(unitCount: unitCount)
    activationSeconds = estimate?.activationSeconds ?? 0
  }

  func show(_ event: QuantizationEvent) {
    let progress = tracker.progress(after: event)
    switch event {
    case .readingImages(let done, let total):
      if done == total { begin(later: activationSeconds) }
    case .skipped(let images): images.lines.forEach(console.note)
    case .resuming(let units): console.note("resuming   after \(units) finished units")
    case .findingActivationRanges: begin(later: 0)
    case .reconstruction(.step): console.advance(to: progress.fraction, progress.task)
    case .reconstruction(.finished(let stage, let report)):
      if !isBrief { console.note(line(stage, report)) }
      console.advance(to: progress.fraction)
      unitStart = .now
    }
  }

  private func begin(later: Double) {
    console.begin(task)
    if !isBrief { console.expect(later: later) }
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
