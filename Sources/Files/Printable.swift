extension String {
  /// Returns the text on one line, safe to print on a terminal.
  ///
  /// Control characters, which could move the cursor or hide text, become U+FFFD. A text of more than
  /// `limit` characters is cut off and ends with an ellipsis.
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
  /// Returns the first `limit` texts, each printable, and a text with the number of the others, if any.
  package func printable(limit: Int = 20) -> [String] {
    let shown = prefix(limit).map { $0.printable() }
    return count > limit ? shown + ["… and \(count - limit) more"] : shown
  }
}
