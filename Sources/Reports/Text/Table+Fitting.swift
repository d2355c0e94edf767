extension Table {
  /// The fewest columns to which a column of words is narrowed.
  private static let narrowest = 12

  /// Returns the table for a terminal of `width` columns: cells apart by two spaces, without the caption
  /// and without spaces at the ends of lines.
  ///
  /// Columns of words are narrowed, and their cells continue on further lines. A table that is still
  /// too wide is cut into several below one another, each with the first column.
  package func text(width: Int = .max) -> String {
    let widths = fittedWidths(width)
    return blocks(widths, width).map { block in
      lines.map { block.lines(of: $0, widths) }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// Returns the width of every column, with columns of words narrowed from the widest on.
  ///
  /// The first column names the rows and stays whole.
  private func fittedWidths(_ width: Int) -> [Int] {
    var widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    while widths.reduce(2 * (widths.count - 1), +) > width {
      let words = widths.indices.dropFirst().filter {
        alignments[$0] == .left && widths[$0] > Self.narrowest
      }
      guard let widest = words.max(by: { widths[$0] < widths[$1] }) else { break }
      let excess = widths.reduce(2 * (widths.count - 1), +) - width
      // The next widest column is not overtaken by more than one column.
      let second = words.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      widths[widest] -= min(
        excess, max(1, widths[widest] - second), widths[widest] - Self.narrowest)
    }
    return widths
  }

  /// The columns that stand beside one another.
  private struct Block {
    let columns: [Int]
    let alignments: [Alignment]

    /// Returns the text of a row, on as many lines as its longest cell needs.
    func lines(of cells: [String], _ widths: [Int]) -> String {
      let parts = columns.map { cells[$0].wrapped(to: widths[$0]) }
      return (0..<(parts.map(\.count).max() ?? 1)).map { number in
        var line = zip(columns, parts).map { column, part in
          let cell = number < part.count ? part[number] : ""
          let space = String(repeating: " ", count: max(0, widths[column] - cell.count))
          return alignments[column] == .left ? cell + space : space + cell
        }.joined(separator: "  ")
        while line.hasSuffix(" ") { line.removeLast() }
        return line
      }.joined(separator: "\n")
    }
  }

  /// Returns the blocks of columns that fit, at least two columns each.
  private func blocks(_ widths: [Int], _ width: Int) -> [Block] {
    var blocks: [[Int]] = [[0]]
    for column in widths.indices.dropFirst() {
      let last = blocks[blocks.count - 1]
      let used = last.reduce(0) { $0 + widths[$1] + 2 }
      if last.count > 1, used + widths[column] > width { blocks.append([0]) }
      blocks[blocks.count - 1].append(column)
    }
    return blocks.map { Block(columns: $0, alignments: alignments) }
  }
}

extension String {
  /// Returns the text in lines of at most `width` characters, cut between words where possible.
  package func wrapped(to width: Int) -> [String] {
    guard count > width, width > 0 else { return [self] }
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      var word = Substring(word)
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      } else if !line.isEmpty {
        line += " "
      }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = word.dropFirst(width)
      }
      line += word
    }
    return lines + [line]
  }
}
