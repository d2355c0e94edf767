import Execution
import Files
import Foundation
import MixQuantKit

/// Progress on standard error: a bar on a terminal, otherwise a line every ten seconds.
final class Console {
  private let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let clock = ContinuousClock()
  private var start: ContinuousClock.Instant
  private var lastLine: ContinuousClock.Instant
  private var task = ""
  private var hasBar = false

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    start = clock.now
    lastLine = start
  }

  /// Prints a line above the bar, if there is one.
  func note(_ line: String) {
    guard !isQuiet else { return }
    clearBar()
    tell(line.printable(limit: 400) + "\n")
  }

  /// Begins a task, whose progress `advance` shows.
  func begin(_ task: String) {
    clearBar()
    self.task = task
    start = clock.now
    lastLine = start
  }

  /// Shows the progress of the task.
  ///
  /// - Parameter detail: The current part of the task, such as a block's name.
  func advance(to fraction: Double, _ detail: String = "") {
    guard !isQuiet else { return }
    let now = clock.now
    let elapsed = (now - start).seconds
    let interval = (now - lastLine).seconds
    guard isTerminal ? interval > 0.1 || fraction >= 1 : interval > 10 else { return }
    lastLine = now
    let remaining = fraction > 0 ? elapsed * (1 - fraction) / fraction : .nan
    let text =
      "\(task) \(detail.isEmpty ? "" : detail + " ")\(percent(fraction)) elapsed "
      + "\(Self.time(elapsed))" + (remaining.isFinite ? " eta \(Self.time(remaining))" : "")
    if isTerminal {
      tell("\r\u{1B}[K\(bar(fraction)) \(text)")
      hasBar = true
    } else {
      tell(text + "\n")
    }
  }

  /// Ends the task and removes the bar.
  func end() { clearBar() }

  private func clearBar() {
    guard hasBar else { return }
    tell("\r\u{1B}[K")
    hasBar = false
  }

  private func bar(_ fraction: Double) -> String {
    let filled = Int((fraction * 24).rounded(.down))
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: ".", count: max(0, 24 - filled)) + "]"
  }

  private func percent(_ fraction: Double) -> String { String(format: "%.0f %%", 100 * fraction) }

  /// Returns a duration as text, such as `0:07` or `1:02:07`.
  static func time(_ seconds: Double) -> String {
    // The limit of a century keeps the conversion to Int safe.
    let total = Int(min(max(seconds, 0), 3.2e9).rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
