import Files
import Foundation

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

  /// Adds a row of one cell per heading; cells become printable, cut off after `limit` characters.
  package mutating func append(_ row: [String], limit: Int = 200) {
    precondition(row.count == headings.count, "\(row.count) cells under \(headings.count) headings")
    rows.append(row.map { $0.printable(limit: limit) })
  }

  /// The table without the columns that have a dash in every row.
  package var withoutEmptyColumns: Table {
    let kept = headings.indices.filter { column in
      column == 0 || rows.contains { $0[column] != Self.absent }
    }
    var table = Table(caption: caption, kept.map { (headings[$0], alignments[$0]) })
    table.rows = rows.map { row in kept.map { row[$0] } }
    return table
  }

  /// The cell of a figure that nobody measured.
  static let absent = "–"

  var lines: [[String]] { [headings] + rows }
}

extension Table {
  /// The table in a box of its own that scrolls sideways, by the keyboard too, with a link to its data.
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
    let box = Markup(
      "div", ["class": "scroll", "role": "region", "aria-labelledby": id, "tabindex": "0"], [table])
    return Markup("div", ["class": "table"], [box, download(name: id)])
  }

  /// A link that saves the table as `name.csv`.
  func download(name: String) -> Markup {
    var kept = CharacterSet.urlPathAllowed
    kept.remove(charactersIn: "&'")
    let data = csv.addingPercentEncoding(withAllowedCharacters: kept) ?? ""
    let link = Markup(
      "a",
      [
        "href": "data:text/csv;charset=utf-8,\(data)", "download": "\(name).csv",
        "aria-label": "Data as CSV: \(caption)",
      ], "Data as CSV")
    return Markup("p", ["class": "download"], [link])
  }

  /// Comma-separated values under a heading (RFC 4180, with line feeds).
  package var csv: String {
    lines.map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\n\r\r\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
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
