internal import Files

/// The label names of a network, found by name.
///
/// Case and separators do not count. A label such as `tench, Tinca tinca` has several names.
struct LabelBook {
  private let classCount: Int
  private var exact: [String: [Int]] = [:]
  private var whole: [String: [Int]] = [:]
  private var parts: [String: [Int]] = [:]

  init(_ labels: [String], classCount: Int) {
    self.classCount = classCount
    for (index, label) in labels.enumerated() {
      exact[label, default: []].append(index)
      whole[Self.key(label), default: []].append(index)
      guard label.contains(",") else { continue }
      for key in Set(label.split(separator: ",").map(Self.key)) {
        parts[key, default: []].append(index)
      }
    }
  }

  /// Returns the classes with this name: one, none, or several if the name is ambiguous.
  func indices(named name: String) -> [Int] {
    exact[name] ?? whole[Self.key(name)] ?? parts[Self.key(name)] ?? []
  }

  /// Returns the class that an index, a wnid or a name stands for; throws `badData` if it is none.
  func index(of entry: ClassMap.Entry, at place: String) throws(InputError) -> Int {
    func refusal(_ reason: String) -> InputError {
      InputError(
        .badLabels, "cannot use the class map", at: place, because: reason,
        try: "give an index in 0...\(classCount - 1), a wnid or a label name of the model")
    }
    let name = entry.name.printable(limit: 40)
    if let number = Int(entry.value) {
      guard (0..<classCount).contains(number) else {
        throw refusal("the class \(number) of \(name) is not in 0...\(classCount - 1)")
      }
      return number
    }
    let found = indices(named: entry.value)
    if found.count == 1 { return found[0] }
    if classCount == ImageNetClasses.wnids.count, found.isEmpty,
      let index = ImageNetClasses.index(ofWnid: entry.value)
    {
      return index
    }
    let value = entry.value.printable(limit: 40)
    throw refusal(
      found.isEmpty
        ? "the class \(value) of \(name) is not known"
        : "the class \(value) of \(name) may be \(found.map(String.init).joined(separator: " or "))"
    )
  }

  /// Returns the letters and digits of a name in lower case, or the name if it has none.
  private static func key(_ name: some StringProtocol) -> String {
    let key = name.lowercased().filter { $0.isLetter || $0.isNumber }
    return key.isEmpty ? String(name) : key
  }
}
