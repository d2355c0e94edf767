/// Rows of text under headings, for a page or for Markdown; the first column names the row.
struct DataTable {
  /// Whether a column's cells are words or numbers, which stand at the right.
  enum Column { case words, numbers }

  let caption: String
  private let headings: [String]
  private let kinds: [Column]
  private(set) var rows: [[String]] = []

  init(_ caption: String, _ columns: [(heading: String, kind: Column)]) {
    self.caption = caption
    headings = columns.map(\.heading)
    kinds = columns.map(\.kind)
  }

  /// Adds a row of one cell a heading.
  mutating func append(_ row: [String]) {
    precondition(row.count == headings.count, "\(row.count) cells under \(headings.count) headings")
    rows.append(row)
  }

  /// The table in a box of its own that scrolls sideways, by the keyboard too.
  func html(id: String) -> Markup {
    let head = zip(headings, kinds).map { heading, kind in
      Markup("th", ["scope": "col", "class": name(kind)], heading)
    }
    let body = rows.map { cells in
      Markup(
        "tr", [:],
        zip(cells, kinds).enumerated().map { column, entry in
          column == 0
            ? Markup("th", ["scope": "row", "class": name(entry.1)], entry.0)
            : Markup("td", ["class": name(entry.1)], entry.0)
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

  private func name(_ kind: Column) -> String { kind == .numbers ? "number" : "word" }

  /// The table for Markdown, without its caption.
  var markdown: String {
    let rule = kinds.map { $0 == .words ? "---" : "---:" }
    let cells = ([headings] + rows).map { $0.map(Self.escaped) }
    return ([cells[0], rule] + cells.dropFirst())
      .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  /// A bar would end the cell, and a line break the table.
  private static func escaped(_ cell: String) -> String {
    cell.replacing("|", with: "\\|").replacing("\n", with: " ")
  }
}
