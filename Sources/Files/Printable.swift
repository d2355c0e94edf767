extension String {
  /// The text on one line, fit for a terminal: control characters, which could move the cursor or hide
  /// text, become U+FFFD, and what is longer than `limit` characters is cut off with an ellipsis.
  package func printable(limit: Int = 200) -> String {
    var safe = String.UnicodeScalarView()
    for scalar in unicodeScalars.prefix(4 * limit) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
        safe.append("\u{FFFD}")
      default: safe.append(scalar)
      }
    }
    let line = String(safe)
    return line.count > limit || unicodeScalars.count > 4 * limit
      ? line.prefix(limit) + "…" : line
  }
}

extension [String] {
  /// The first `limit` texts, each printable, and how many more there are.
  package func printable(limit: Int = 20) -> [String] {
    let shown = prefix(limit).map { $0.printable() }
    return count > limit ? shown + ["… and \(count - limit) more"] : shown
  }
}
