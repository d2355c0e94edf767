import Files

/// Rows of text under headings, aligned for a terminal.
package struct Table: Sendable {
  /// Where the cells of a column stand.
  package enum Alignment: Sendable { case left, right }

  package let headings: [String]
  private let alignments: [Alignment]
  package private(set) var rows: [[String]] = []

  /// A table without rows.
  package init(_ columns: [(heading: String, alignment: Alignment)]) {
    headings = columns.map(\.heading)
    alignments = columns.map(\.alignment)
  }

  /// Adds a row of one cell a heading; cells become printable.
  package mutating func append(_ row: [String]) {
    precondition(row.count == headings.count, "\(row.count) cells under \(headings.count) headings")
    rows.append(row.map { $0.printable() })
  }

  /// Columns apart by two spaces, without trailing spaces.
  package var text: String {
    lines.map { cells in
      var line = ""
      for (index, cell) in cells.enumerated() {
        line += (index == 0 ? "" : "  ") + padded(cell, index)
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  private var lines: [[String]] { [headings] + rows }

  private func padded(_ cell: String, _ column: Int) -> String {
    let width = lines.map { $0[column].count }.max() ?? 0
    let space = String(repeating: " ", count: width - cell.count)
    return alignments[column] == .left ? cell + space : space + cell
  }
}
