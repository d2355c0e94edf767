package import Files
package import Foundation

/// A file that maps the names of folders to classes of a network.
///
/// It has one pair per line, or it is a JSON object: `{"cat": 3}`, `{"cat": "tabby"}`, or
/// `{"3": ["n02123045", "tabby"]}` as Keras's `imagenet_class_index.json`.
package struct ClassMap: Sendable {
  struct Entry: Equatable {
    let name: String
    /// An index, a wnid or a label name.
    let value: String
  }

  let path: String
  private var entries: [String: Entry] = [:]

  /// The name of the file.
  var name: String { URL(filePath: path).lastPathComponent }

  /// Reads a map.
  ///
  /// - Parameter names: The names that it must map.
  /// - Throws: `missingInput` if it cannot be read, `badData` if it contradicts itself or names none
  ///   of `names`.
  package init(contentsOf url: URL, names: [String]) throws(InputError) {
    path = url.path
    let text = try TextFile.contents(of: url)
    if text.trimmingPrefix(while: \.isWhitespace).hasPrefix("{") {
      try readJSON(text)
    } else {
      let known = Set(names)
      let table = try NameTable(text, at: path) { known.contains(Self.folder($0)) }
      for row in table.rows {
        try add(
          Entry(name: Self.folder(Substring(row.name)), value: row.value), line: row.line)
      }
    }
  }

  /// Returns the entry of a folder.
  subscript(name: String) -> Entry? { entries[name] }

  /// Returns the name of a folder without slashes at its end.
  private static func folder(_ name: Substring) -> String {
    var name = name
    while name.hasSuffix("/") { name = name.dropLast() }
    return String(name)
  }

  private mutating func add(_ entry: Entry, line: Int) throws(InputError) {
    guard let earlier = entries.updateValue(entry, forKey: entry.name), earlier != entry else {
      return
    }
    throw InputError(
      .badLabels, "the class map contradicts itself", at: "\(path):\(line)",
      because: "it gives \(entry.name.printable()) the class \(entry.value.printable()), and an "
        + "earlier line the class \(earlier.value.printable())", try: "remove the wrong line")
  }

  /// A value of a JSON map.
  private enum Value: Decodable {
    case index(Int)
    case name(String)
    case names([String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let index = try? container.decode(Int.self) {
        self = .index(index)
      } else if let name = try? container.decode(String.self) {
        self = .name(name)
      } else {
        self = .names(try container.decode([String].self))
      }
    }
  }

  private mutating func readJSON(_ text: String) throws(InputError) {
    let values: [String: Value]
    do { values = try JSONDecoder().decode([String: Value].self, from: Data(text.utf8)) } catch {
      throw InputError(
        .badLabels, "cannot read the class map", at: path, because: decodingReason(error),
        try: "map each folder to an index or a name")
    }
    for (key, value) in values {
      switch value {
      case .index(let index): entries[key] = Entry(name: key, value: String(index))
      case .name(let name): entries[key] = Entry(name: key, value: name)
      case .names(let names):
        for name in names { entries[name] = Entry(name: name, value: key) }
      }
    }
  }
}
