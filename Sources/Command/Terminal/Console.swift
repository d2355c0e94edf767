import Execution
import Files
import Foundation
import MixQuantKit
import Reports
import Synchronization

/// Progress on standard error.
///
/// A terminal shows one line, which a thread draws ten times a second, so that it turns, counts and fits the
/// window while a long step runs. A file gets few lines: the first after ten seconds, and then one after
/// intervals that double up to ten minutes.
final class Console: Sendable {
  private struct State {
    var line: ProgressLine?
    var start = ContinuousClock.now
    /// The moment of the last progress report, and the seconds that were left then.
    var report: (time: ContinuousClock.Instant, left: Double)?
    /// The moment at which all work will end, if that is known.
    var endOfAll: ContinuousClock.Instant?
    /// The seconds of the work after this task.
    var later = 0.0
    var lastLine = ContinuousClock.now
    var interval = 10.0
    var isTicking = false
  }

  private let isQuiet: Bool
  private let state = Mutex(State())

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
  }

  deinit { StatusLine.clear() }

  /// Prints a line above the bar, if there is one.
  func note(_ line: String) {
    guard !isQuiet else { return }
    let text = line.printable(limit: 400)
    let terminal = Terminal.errors
    let fitted =
      terminal.isInteractive ? text.wrappedBehindLabel(to: terminal.columns) : text
    StatusLine.print(text.hasPrefix("warning") ? terminal.styled(fitted, .warning) : fitted)
  }

  /// Begins a task, whose progress `advance` shows.
  func begin(_ task: String) {
    guard !isQuiet else { return }
    let isFirst = state.withLock { state in
      state.start = .now
      state.line = ProgressLine(task: task, elapsed: 0)
      state.report = nil
      defer { state.isTicking = true }
      return !state.isTicking
    }
    guard isFirst else { return }
    Thread.detachNewThread { [weak self] in
      while let console = self {
        console.tick()
        usleep(100_000)
      }
    }
  }

  /// Returns the result of `work`, and shows its name and time meanwhile.
  func during<Result>(_ task: String, _ work: () throws -> Result) rethrows -> Result {
    begin(task)
    defer { end() }
    return try work()
  }

  /// Sets the expected work after the running task.
  ///
  /// - Parameters:
  ///   - later: The seconds of the work after it.
  ///   - all: The seconds until all work ends; nil to add `later` to the time of the task.
  func expect(later: Double = 0, all: Double? = nil) {
    state.withLock {
      $0.later = later
      $0.endOfAll = all.map { .now + .seconds($0) }
    }
  }

  /// Shows the progress of the task.
  ///
  /// - Parameter detail: The current part of the task, such as a block's name.
  func advance(to fraction: Double, _ detail: String = "") {
    guard !isQuiet else { return }
    state.withLock {
      let now = ContinuousClock.now
      let elapsed = (now - $0.start).seconds
      $0.line?.fraction = fraction
      $0.line?.detail = detail
      $0.report = fraction > 0 ? (now, elapsed * (1 - fraction) / fraction) : nil
    }
  }

  /// Ends the task and removes the bar.
  func end() {
    state.withLock { $0.line = nil }
    StatusLine.clear()
  }

  /// Draws the line if it is time.
  private func tick() {
    state.withLock { state in
      guard var line = state.line else { return }
      let now = ContinuousClock.now
      line.elapsed = (now - state.start).seconds
      if let report = state.report {
        let left = max(0, report.left - (now - report.time).seconds)
        line.left = left
        line.leftOfAll = max(
          left + state.later, state.endOfAll.map { ($0 - now).seconds } ?? 0)
      }
      if Terminal.errors.isInteractive {
        // The last column stays free, because some terminals wrap there.
        StatusLine.show(line.text(width: Terminal.errors.columns - 1))
      } else if (now - state.lastLine).seconds > state.interval {
        state.lastLine = now
        state.interval = min(600, 2 * state.interval)
        StatusLine.print(line.plainText)
      }
    }
  }

  /// Returns a duration as text, such as `0:07` or `1:02:07`.
  static func time(_ seconds: Double) -> String { clockTime(seconds) }
}

extension String {
  /// Returns the text in lines of at most `width` characters.
  ///
  /// A text such as `plan       uniform` continues below its second word.
  fileprivate func wrappedBehindLabel(to width: Int) -> String {
    let labelWidth = 11
    let label = prefix(labelWidth)
    guard count > width, width >= 3 * labelWidth, label.last == " ", self[label.endIndex] != " "
    else { return self }
    let lines = String(dropFirst(labelWidth)).wrapped(to: width - labelWidth)
    return label + lines.joined(separator: "\n" + String(repeating: " ", count: labelWidth))
  }
}
