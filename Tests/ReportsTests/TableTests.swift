import Reports
import Testing

@Suite("Table")
struct TableTests {
  private var table: Table {
    var table = Table([("layer", .left), ("bits", .right)])
    table.append(["conv1", "8"])
    table.append(["fc", "12345"])
    return table
  }

  @Test("Columns are aligned to their widest cell, without trailing spaces")
  func text() {
    let expected = """
      layer   bits
      conv1      8
      fc     12345
      """
    #expect(table.text() == expected)
  }

  @Test("A last column on the left leaves no trailing spaces")
  func noTrailingSpaces() {
    var table = Table([("n", .right), ("name", .left)])
    table.append(["1", "a"])
    #expect(table.text().split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
  }

  @Test("Commas, quotes and line breaks stand in quotes (RFC 4180)")
  func csv() {
    var table = Table([("name", .left), ("bits", .right)])
    table.append(["a,\"b\"", "8"])
    #expect(table.csv == "name,bits\n\"a,\"\"b\"\"\",8\n")
  }

  @Test("A cell without a value has a dash, and a column of dashes can be left out")
  func absentCells() {
    let rows: [(name: String, bits: Int?, error: Double?)] = [("conv1", 8, nil), ("fc", nil, nil)]
    let table = Table(
      rows,
      [
        .words("layer") { $0.name }, .count("bits") { $0.bits },
        .number("error", "%.2f") { $0.error },
      ])
    #expect(table.headings == ["layer", "bits", "error"])
    #expect(table.rows == [["conv1", "8", "–"], ["fc", "–", "–"]])
    #expect(table.withoutEmptyColumns.headings == ["layer", "bits"])
  }

  @Test("Control characters of a cell do not reach the terminal")
  func controlCharacters() {
    var table = Table([("layer", .left)])
    table.append(["a\u{1B}[2Jb\nc"])
    #expect(table.rows == [["a\u{FFFD}[2Jb\u{FFFD}c"]])
  }
}
