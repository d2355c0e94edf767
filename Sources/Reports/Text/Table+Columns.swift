import Foundation

extension Table {
  /// A column of a table of rows: its heading, and the cell of every row.
  package struct Column<Row> {
    let heading: String
    let alignment: Alignment
    let cell: (Row) -> String?

    /// Makes a column of words.
    package static func words(_ heading: String, _ cell: @escaping (Row) -> String?) -> Self {
      Self(heading: heading, alignment: .left, cell: cell)
    }

    /// Makes a column of numbers in the form that `cell` gives them.
    package static func number(_ heading: String, _ cell: @escaping (Row) -> String?) -> Self {
      Self(heading: heading, alignment: .right, cell: cell)
    }

    /// Makes a column of numbers that `format` prints, such as `%.2f`.
    package static func number(
      _ heading: String, _ format: String, _ value: @escaping (Row) -> Double?
    ) -> Self {
      number(heading) { row in value(row).map { String(format: format, $0) } }
    }

    /// Makes a column of whole numbers.
    package static func count(_ heading: String, _ value: @escaping (Row) -> Int?) -> Self {
      number(heading) { row in value(row).map { String($0) } }
    }
  }

  /// Makes a table with a line per row; a cell that is nil is `absent`.
  ///
  /// - Parameter limit: The characters of a cell, at most.
  package init<Row>(
    caption: String = "", _ rows: some Sequence<Row>, _ columns: [Column<Row>], limit: Int = 200
  ) {
    self.init(caption: caption, columns.map { ($0.heading, $0.alignment) })
    for row in rows { append(columns.map { $0.cell(row) ?? Self.absent }, limit: limit) }
  }
}
