import CStart
import Foundation

/// A standard stream as a place for text that people read.
struct Terminal: Sendable {
  private let descriptor: Int32
  private let isTerminal: Bool
  /// True if the stream is a terminal that can move its cursor and write over a line.
  let isInteractive: Bool
  /// True if text may have colours: NO_COLOR is not set, and `isInteractive` is true or FORCE_COLOR is set.
  let hasColour: Bool

  static let output = Terminal(STDOUT_FILENO)
  static let errors = Terminal(STDERR_FILENO)

  private init(_ descriptor: Int32) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
    isInteractive = isTerminal && Self.variable("TERM") != "dumb"
    hasColour =
      Self.variable("NO_COLOR") == nil && (isInteractive || Self.variable("FORCE_COLOR") != nil)
  }

  /// Returns the value of an environment variable, or nil if it is not set or empty.
  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The number of columns at the moment, because a user may resize the window at any time.
  ///
  /// COLUMNS has priority, as in other programs. A terminal that does not state its size has 80.
  var columns: Int {
    if let columns = Self.variable("COLUMNS").flatMap({ Int($0) }), columns > 0 { return columns }
    let columns = Int(cs_terminal_columns(descriptor))
    return columns > 0 ? columns : 80
  }

  /// The width for tables: the terminal's, and unlimited in a file or a pipe.
  var tableWidth: Int { isTerminal ? columns : .max }

  /// The emphasis of a text.
  enum Style: String {
    case error = "1;31"
    case warning = "33"
    case good = "32"
    case strong = "1"
  }

  /// Returns `text` in a style if the terminal has colours.
  func styled(_ text: String, _ style: Style) -> String {
    hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}
