internal import Files
internal import Foundation

/// A text file of names and values: one pair per line, separated by tabs, commas, semicolons or
/// spaces.
///
/// The separator and the column of names are those that give the most known names. The columns of
/// neither names nor values are ignored.
struct NameTable {
  struct Row: Equatable {
    /// The number of the line in the file, from 1.
    let line: Int
    let name: String
    let value: String
  }

  let rows: [Row]

  /// Splits the lines of `text`.
  ///
  /// - Parameters:
  ///   - place: The file's path for error messages.
  ///   - isKnown: Returns true for the name of an image or folder.
  /// - Throws: `badData` if no column holds known names or a line has no value.
  init(
    _ text: String, at place: String, isKnown: (Substring) -> Bool
  ) throws(InputError) {
    let lines = Self.lines(text)
    let readings = Separator.allCases.compactMap { separator in
      Reading(lines, separator, isKnown: isKnown)
    }
    // The first of several equal readings counts, so that tabs and commas take precedence over spaces.
    guard let best = readings.max(by: { $0.matches < $1.matches }),
      let reading = readings.first(where: { $0.matches == best.matches }), reading.matches > 0
    else {
      throw InputError(
        .badLabels, "cannot use the list", at: place,
        because: lines.isEmpty
          ? "it is empty" : "none of its \(lines.count) lines names anything in the folder",
        try: "check that the list belongs to the folder")
    }
    rows = try reading.rows(at: place)
  }

  /// A line with its number.
  private typealias Line = (number: Int, text: Substring)

  /// Returns the lines that are neither empty nor comments.
  private static func lines(_ text: String) -> [Line] {
    var lines: [Line] = []
    for (index, line) in text.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() {
      let text = line.trimmingSpaces
      if !text.isEmpty, !text.hasPrefix("#") { lines.append((index + 1, text)) }
    }
    return lines
  }

  private enum Separator: CaseIterable {
    case tab, comma, semicolon, space

    private var character: Character {
      switch self {
      case .tab: "\t"
      case .comma: ","
      case .semicolon: ";"
      case .space: " "
      }
    }

    /// Returns the fields of a line; nil if the separator is not in it.
    func fields(of line: Substring) -> [Substring]? {
      if case .space = self { return Self.words(of: line) }
      let fields = line.contains("\"") ? quotedFields(of: line) : unquotedFields(of: line)
      return fields.count > 1 ? fields : nil
    }

    private func unquotedFields(of line: Substring) -> [Substring] {
      line.split(separator: character, omittingEmptySubsequences: false).map(\.trimmingSpaces)
    }

    /// Returns the fields of a line of CSV with quotes, in which a double quote stands for one.
    private func quotedFields(of line: Substring) -> [Substring] {
      var fields = [""]
      var isQuoted = false
      var previous: Character?
      for character in line {
        if character == "\"" {
          if !isQuoted, previous == "\"" { fields[fields.count - 1].append("\"") }
          isQuoted.toggle()
        } else if character == self.character, !isQuoted {
          fields.append("")
        } else {
          fields[fields.count - 1].append(character)
        }
        previous = character
      }
      return fields.map { Substring($0).trimmingSpaces }
    }

    /// Returns the words of a line.
    ///
    /// Names of images and of classes may contain spaces. The extension shows where the name of an
    /// image ends, and the rest of the line is the class.
    private static func words(of line: Substring) -> [Substring]? {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count > 1 else { return nil }
      guard words.count > 2, let last = words.firstIndex(where: FileNameKind.hasImageExtension)
      else { return words }
      let end = words[last].endIndex
      let rest = line[end...].trimmingSpaces
      return rest.isEmpty
        ? [words[last], line[..<words[last].startIndex].trimmingSpaces] : [line[..<end], rest]
    }
  }

  /// The lines split in one way.
  private struct Reading {
    private let fields: [[Substring]]
    private let lines: [Line]
    private let nameColumn: Int
    private let valueColumn: Int
    private let hasHeader: Bool
    /// The number of lines with a known name.
    let matches: Int

    /// Returns nil if a line cannot be split in this way.
    init?(_ lines: [Line], _ separator: Separator, isKnown: (Substring) -> Bool) {
      var fields: [[Substring]] = []
      for line in lines {
        guard let row = separator.fields(of: line.text) else { return nil }
        fields.append(row)
      }
      let width = fields.map(\.count).max() ?? 0
      guard width > 1 else { return nil }
      var counts = [Int](repeating: 0, count: min(width, 16))
      for row in fields {
        for column in row.indices.prefix(counts.count) where isKnown(row[column]) {
          counts[column] += 1
        }
      }
      let most = counts.max() ?? 0
      self.fields = fields
      self.lines = lines
      matches = most
      nameColumn = counts.firstIndex(of: most) ?? 0
      let header = Header(fields[0])
      hasHeader = header.isHeader && !isKnown(fields[0][min(nameColumn, fields[0].count - 1)])
      valueColumn =
        hasHeader
        ? header.valueColumn(besides: nameColumn)
        : nameColumn + 1 < width
          ? nameColumn + 1 : 0
    }

    func rows(at place: String) throws(InputError) -> [Row] {
      var rows: [Row] = []
      rows.reserveCapacity(fields.count)
      for (line, row) in zip(lines, fields).dropFirst(hasHeader ? 1 : 0) {
        guard row.indices.contains(nameColumn), row.indices.contains(valueColumn),
          !row[nameColumn].isEmpty, !row[valueColumn].isEmpty
        else {
          throw InputError(
            .badLabels, "cannot use the list", at: "\(place):\(line.number)",
            because: "the line has no name or no class: \(String(line.text).printable(limit: 80))",
            try: "correct the line")
        }
        rows.append(
          Row(
            line: line.number, name: String(row[nameColumn]),
            value: Self.firstClass(in: row[valueColumn])))
      }
      return rows
    }

    /// Returns the class of a field that may continue with boxes, such as Kaggle's
    /// `n01440764 5 5 400 300`.
    private static func firstClass(in field: Substring) -> String {
      let words = field.split(separator: " ")
      guard words.count > 1, words.dropFirst().contains(where: { Double($0) != nil }),
        words[0].allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "n") })
      else { return String(field) }
      return String(words[0])
    }
  }

  /// The first line of a table, which may name its columns.
  private struct Header {
    private static let names: Set = [
      "imageid", "image_id", "image", "images", "img", "filename", "file_name", "file", "filepath",
      "file_path", "path", "name", "id", "image_name", "imagename", "image_path", "folder", "dir",
    ]
    private static let values: Set = [
      "label", "labels", "class", "classes", "class_id", "classid", "class_name", "classname",
      "category", "category_id", "categoryid", "target", "wnid", "synset", "predictionstring",
      "species", "breed", "index", "idx", "y", "label_id", "labelid", "ground_truth",
    ]

    private let words: [String]

    init(_ fields: [Substring]) { words = fields.map { $0.lowercased() } }

    var isHeader: Bool {
      words.contains(where: Self.names.contains) && words.contains(where: Self.values.contains)
        || words.filter { Self.names.contains($0) || Self.values.contains($0) }.count > 1
    }

    /// Returns the column with a known name for classes, or the column after the names.
    func valueColumn(besides nameColumn: Int) -> Int {
      let known = words.indices.first { $0 != nameColumn && Self.values.contains(words[$0]) }
      return known ?? (nameColumn + 1 < words.count ? nameColumn + 1 : 0)
    }
  }
}

extension Substring {
  /// The text without spaces and tabs at both ends.
  var trimmingSpaces: Substring {
    // Most texts begin and end with visible ASCII, which bytes show faster than characters.
    let visible: ClosedRange<UInt8> = 0x21...0x7E
    if let first = utf8.first, let last = utf8.last, visible ~= first, visible ~= last {
      return self
    }
    var text = self
    while let first = text.first, first.isWhitespace { text = text.dropFirst() }
    while let last = text.last, last.isWhitespace { text = text.dropLast() }
    return text
  }
}
