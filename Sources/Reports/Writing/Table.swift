import Files

/// Rows of text under headings: aligned for a terminal, for a page, or for Markdown.
package struct Table: Encodable, Equatable, Sendable {
  /// The side of a column at which its cells stand: words at the left, numbers at the right.
  package enum Alignment: Equatable, Sendable { case left, right }

  package let caption: String
  package let headings: [String]
  let alignments: [Alignment]
  package private(set) var rows: [[String]] = []

  /// Makes a table without rows; the first column names the row.
  package init(caption: String = "", _ columns: [(heading: String, alignment: Alignment)]) {
    self.caption = caption
    headings = columns.map(\.heading)
    alignments = columns.map(\.alignment)
  }

  // Tables that stand in a report answer a question.
  private enum CodingKeys: String, CodingKey {
    case headings, rows
    case caption = "question"
  }

  /// Adds a row of one cell per heading; cells become printable.
  package mutating func append(_ row: [String]) {
    precondition(row.count == headings.count, "\(row.count) cells under \(headings.count) headings")
    rows.append(row.map { $0.printable() })
  }

  var lines: [[String]] { [headings] + rows }
}

extension Table {
  /// The table for a terminal: columns apart by two spaces, without caption and trailing spaces.
  package var text: String {
    let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      var line = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return alignments[column] == .left ? cells[column] + space : space + cells[column]
      }.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  /// The table in a box of its own that scrolls sideways, by the keyboard too.
  func html(id: String) -> Markup {
    let classes = alignments.map { $0 == .right ? "number" : "word" }
    let head = zip(headings, classes).map { Markup("th", ["scope": "col", "class": $1], $0) }
    let body = rows.map { cells in
      Markup(
        "tr", [:],
        cells.indices.map { column in
          column == 0
            ? Markup("th", ["scope": "row", "class": classes[0]], cells[0])
            : Markup("td", ["class": classes[column]], cells[column])
        })
    }
    let table = Markup(
      "table", [:],
      [
        Markup("caption", ["id": id], [Markup("span", [:], caption)]),
        Markup("thead", [:], [Markup("tr", [:], head)]),
        Markup("tbody", [:], body),
      ])
    return Markup(
      "div", ["class": "scroll", "role": "region", "aria-labelledby": id, "tabindex": "0"], [table])
  }

  /// The table for Markdown, without its caption.
  var markdown: String {
    let rule = alignments.map { $0 == .left ? "---" : "---:" }
    // A bar would end the cell.
    let cells = lines.map { $0.map { $0.replacing("|", with: "\\|") } }
    return ([cells[0], rule] + cells.dropFirst())
      .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }
}
