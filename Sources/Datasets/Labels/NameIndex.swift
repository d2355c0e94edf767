internal import Files

/// The rows of a label list, found by the names of images.
///
/// A list may give a name with or without its extension, and with fewer or more folders than the
/// image has below the data folder. The row with the most folders in common counts.
struct NameIndex {
  private let rows: [NameTable.Row]
  private let names: [String]
  /// The first row of each base name; `next` leads from a row to the next one with the same base name.
  private var first: [Substring: Int] = [:]
  private var next: [Int]
  private var image: [String?]

  init(_ rows: [NameTable.Row]) {
    self.rows = rows
    names = rows.map { Self.normalised($0.name) }
    next = [Int](repeating: -1, count: rows.count)
    image = [String?](repeating: nil, count: rows.count)
    for row in names.indices.reversed() {
      let baseName = Self.baseName(of: Substring(names[row]))
      next[row] = first[baseName] ?? -1
      first[baseName] = row
    }
  }

  /// Returns the file name without folders and without the extension of an image.
  static func baseName(of name: Substring) -> Substring {
    // Bytes are much faster than characters, and lists may have a million lines.
    let bytes = name.utf8
    let start = bytes.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    return FileNameKind.withoutImageExtension(
      name[(start.map { bytes.index(after: $0) } ?? name.startIndex)...])
  }

  /// Returns a path with plain slashes and without `./` or `/` at its beginning.
  private static func normalised(_ name: String) -> String {
    guard name.contains("\\") || name.hasPrefix(".") || name.hasPrefix("/") else { return name }
    var path = Substring(name.replacing("\\", with: "/"))
    while path.hasPrefix("./") { path = path.dropFirst(2) }
    while path.hasPrefix("/") { path = path.dropFirst() }
    return String(path)
  }

  private func chain(_ baseName: Substring) -> [Int] {
    var rows: [Int] = []
    var row = first[baseName] ?? -1
    while row >= 0 {
      rows.append(row)
      row = next[row]
    }
    return rows
  }

  /// Throws `badData` if two rows give one name different classes.
  func requireOneClassPerName(at place: String) throws(InputError) {
    var seen: [String: Int] = [:]
    seen.reserveCapacity(rows.count)
    for (index, name) in names.enumerated() {
      guard let earlier = seen.updateValue(index, forKey: name) else { continue }
      let (one, other) = (rows[earlier], rows[index])
      guard one.value != other.value else { continue }
      throw InputError(
        .badLabels, "the list contradicts itself", at: place,
        because: "line \(one.line) gives \(name.printable()) the class \(one.value.printable()), "
          + "line \(other.line) the class \(other.value.printable())",
        try: "remove the wrong line")
    }
  }

  /// Returns the row of an image; nil if the list does not name it.
  ///
  /// - Parameters:
  ///   - root: The path of the data folder.
  ///   - place: The path of the list, for error messages.
  /// - Throws: `badData` if rows of different classes fit the image, or if one row fits two images.
  mutating func row(
    of name: String, below root: String, at place: String
  ) throws(InputError) -> NameTable.Row? {
    let candidates = chain(Self.baseName(of: Substring(name)))
    guard !candidates.isEmpty else { return nil }
    let isSure = candidates.count == 1 && names[candidates[0]] == name
    let best =
      isSure
      ? candidates : Self.best(candidates.map { ($0, Fit(names[$0], of: name, below: root)) })
    guard let row = best.first else { return nil }
    if let other = best.first(where: { rows[$0].value != rows[row].value }) {
      throw InputError(
        .badLabels, "cannot use the labels", at: place,
        because: "lines \(rows[row].line) and \(rows[other].line) both fit \(name.printable()), "
          + "but give different classes", try: "list the image with its folders")
    }
    if let earlier = image[row] {
      throw InputError(
        .badLabels, "cannot use the labels", at: place,
        because: "line \(rows[row].line) fits both \(earlier.printable()) and "
          + name.printable(), try: "list the images with their folders and extensions")
    }
    for row in best { image[row] = name }
    return rows[row]
  }

  private static func best(_ candidates: [(row: Int, fit: Fit)]) -> [Int] {
    let fitting = candidates.filter(\.fit.isPossible)
    guard let best = fitting.map(\.fit).max() else { return [] }
    return fitting.filter { $0.fit == best }.map(\.row)
  }

  /// The names in the list that no image has.
  var unused: FileTally<Bool> {
    var tally = FileTally<Bool>()
    var used: Set<String> = []
    for row in rows.indices where image[row] != nil { used.insert(names[row]) }
    for name in names where used.insert(name).inserted { tally.add(name, true) }
    return tally
  }

  /// The number of different names.
  var nameCount: Int { Set(names).count }
}

/// The likeness of a name in a list and the path of an image.
private struct Fit: Comparable {
  /// True if all folders of the shorter path are the last ones of the longer path.
  let isPossible: Bool
  private let hasSameExtension: Bool
  private let commonFolders: Int

  init(_ name: String, of image: String, below root: String) {
    let listed = name.split(separator: "/")
    let local = image.split(separator: "/")
    let whole = root.split(separator: "/") + local
    hasSameExtension = listed.last == local.last
    commonFolders =
      zip(listed.dropLast().reversed(), whole.dropLast().reversed())
      .prefix { $0 == $1 }.count
    isPossible = commonFolders >= min(listed.count, local.count) - 1
  }

  static func < (left: Fit, right: Fit) -> Bool {
    (left.commonFolders, left.hasSameExtension ? 1 : 0)
      < (right.commonFolders, right.hasSameExtension ? 1 : 0)
  }
}
