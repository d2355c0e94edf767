internal import Files

/// The rules that match the names of an image set's classes with the classes of a network.
struct ClassRules {
  typealias Match = (indices: [Int], rule: String)

  let names: [String]
  let source: ImageSet.LabelSource
  let classCount: Int
  let labelNames: [String]

  /// Returns the class of each name and the rule that found it.
  ///
  /// - Throws: `badData` if no rule fits, or if one fits only some of the names.
  func match(_ map: ClassMap?) throws(InputError) -> Match {
    if let map { return (try byMap(map), "by \(map.name)") }
    if let match = try byLabelNames() { return match }
    if let match = try byWnid() { return match }
    if let match = try byNumber() { return match }
    return try byRank()
  }

  private func byMap(_ map: ClassMap) throws(InputError) -> [Int] {
    let book = LabelBook(labelNames, classCount: classCount)
    var indices: [Int] = []
    var unknown: [String] = []
    for name in names {
      guard let entry = map[name] else {
        unknown.append(name)
        continue
      }
      indices.append(try book.index(of: entry, at: map.path))
    }
    guard unknown.isEmpty else {
      throw refusal(
        "\(map.name) lacks \(unknown.count) of the \(names.count) names: "
          + Self.listing(unknown), try: "add a line for each")
    }
    return indices
  }

  /// Matches by the model's label names; nil if none of the names is a label.
  private func byLabelNames() throws(InputError) -> Match? {
    guard !labelNames.isEmpty else { return nil }
    let book = LabelBook(labelNames, classCount: classCount)
    let candidates = names.map { book.indices(named: $0) }
    guard candidates.contains(where: { !$0.isEmpty }) else { return nil }
    let unknown = zip(names, candidates).filter(\.1.isEmpty).map(\.0)
    guard unknown.isEmpty else {
      throw refusal(
        "the model's label names lack \(unknown.count) of the \(names.count) names: "
          + Self.listing(unknown),
        try: "rename them, correct label_names in the JSON file beside the model, or give "
          + "--class-map")
    }
    for (name, indices) in zip(names, candidates) where indices.count > 1 {
      throw refusal(
        "\(name.printable()) is the label name of the classes "
          + indices.map(String.init).joined(separator: " and "),
        try: "give --class-map with a line for each folder")
    }
    return (try distinct(candidates.map { $0[0] }), "by its label names")
  }

  /// Matches by wnid for networks with 1000 classes; nil if no name is one of ImageNet's wnids.
  private func byWnid() throws(InputError) -> Match? {
    guard classCount == ImageNetClasses.wnids.count else { return nil }
    let found = names.map(ImageNetClasses.index(ofWnid:))
    guard found.contains(where: { $0 != nil }) else { return nil }
    let unknown = zip(names, found).filter { $0.1 == nil }.map(\.0)
    guard unknown.isEmpty else {
      throw refusal(
        "ImageNet's 1000 wnids lack \(unknown.count) of the \(names.count) names: "
          + Self.listing(unknown), try: "remove them, or give --class-map")
    }
    return (found.compactMap { $0 }, "by wnid")
  }

  /// Matches names that are all numbers; nil if one of them is not.
  private func byNumber() throws(InputError) -> Match? {
    let numbers = names.compactMap(Self.number)
    guard numbers.count == names.count else { return nil }
    let places = Dictionary(grouping: names.indices) { numbers[$0] }
    if let (number, same) = places.filter({ $0.value.count > 1 }).min(by: { $0.key < $1.key }) {
      throw refusal(
        "\(same.map { names[$0] }.joined(separator: " and ")) are the same number \(number)",
        try: "rename them, or give --class-map")
    }
    if source == .folders, numbers.count == classCount {
      let ranks = Dictionary(uniqueKeysWithValues: zip(numbers.sorted(), 0...))
      return (numbers.compactMap { ranks[$0] }, "by number, in numeric order")
    }
    guard let largest = numbers.max(), largest < classCount else {
      let from = numbers.min() ?? 0
      let hint = from == 1 ? "; they seem to count from 1" : ""
      throw refusal(
        "its numbers go from \(from) to \(numbers.max() ?? 0), but the model's classes are "
          + "0...\(classCount - 1)\(hint)", try: "count from 0, or give --class-map")
    }
    return (numbers, "by number, as indices")
  }

  private func byRank() throws(InputError) -> Match {
    guard names.count == classCount else {
      throw refusal(
        "it has \(names.count) classes (\(Self.listing(names))), but the model has \(classCount)",
        try: "add label_names to the JSON file beside the model, or give --class-map")
    }
    let ranks = Dictionary(
      uniqueKeysWithValues: zip(names.sorted(by: String.isInByteOrder), 0...))
    let rule = source == .folders ? "by rank of the folder names" : "by rank of the names"
    return (names.compactMap { ranks[$0] }, "\(rule) in byte order")
  }

  /// Returns `indices`; throws `badData` if two names have the same class.
  private func distinct(_ indices: [Int]) throws(InputError) -> [Int] {
    let places = Dictionary(grouping: names.indices) { indices[$0] }
    guard let (index, same) = places.filter({ $0.value.count > 1 }).min(by: { $0.key < $1.key })
    else { return indices }
    throw refusal(
      "\(same.map { names[$0].printable() }.joined(separator: " and ")) both match class \(index)",
      try: "rename one of them, or give --class-map")
  }

  /// Returns the number that a name of digits stands for.
  private static func number(_ name: String) -> Int? {
    name.utf8.allSatisfy { (0x30...0x39).contains($0) } && name.utf8.count <= 9 ? Int(name) : nil
  }

  private static func listing(_ names: [String]) -> String {
    names.prefix(5).map { $0.printable(limit: 40) }.joined(separator: ", ")
      + (names.count > 5 ? ", …" : "")
  }

  private func refusal(_ reason: String, try remedy: String) -> InputError {
    InputError(
      .unmatchedClasses, "cannot match the classes", at: "the image set", because: reason,
      try: remedy)
  }
}
