import Foundation
import Synchronization

/// The last line of standard error, which shows running work and moves down below other lines.
///
/// All threads share it, so that an error message never appears on the line of a bar.
enum StatusLine {
  private struct State {
    /// The text on the screen; nil if nothing is there.
    var text: String?
    /// True after the last message of the program.
    var isClosed = false
  }

  private static let state = Mutex(State())

  /// Replaces the line by `text`, which is shorter than the terminal is wide.
  static func show(_ text: String) {
    state.withLock {
      guard !$0.isClosed, $0.text != text else { return }
      tell(erasure($0) + text)
      $0.text = text
    }
  }

  /// Prints `text` and a newline where the line was.
  static func print(_ text: String) {
    state.withLock {
      tell(erasure($0) + text + "\n")
      $0.text = nil
    }
  }

  /// Prints `text` where the line was; `show` does nothing from then on.
  static func close(with text: String) {
    print(text)
    state.withLock { $0.isClosed = true }
  }

  /// Removes the line.
  static func clear() {
    state.withLock {
      guard $0.text != nil else { return }
      tell(erasure($0))
      $0.text = nil
    }
  }

  /// Returns the control characters that remove the line.
  ///
  /// If the window became narrower, the line takes several rows now.
  private static func erasure(_ state: State) -> String {
    guard let length = state.text?.count else { return "" }
    let rows = max(0, length - 1) / max(1, Terminal.errors.columns)
    return "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\u{1B}[J"
  }
}
