internal import Files

/// A count of files by reason, with the names of a few of them.
struct FileTally<Reason: Hashable & Sendable>: Sendable {
  private struct Entry: Sendable {
    var count = 0
    var names: [String] = []
    /// The distinct endings or names that decided, for example `.txt`.
    var kinds: Set<String> = []
  }

  /// The number of names to keep for each reason.
  private static var namesKept: Int { 3 }

  /// The number of endings to keep for each reason.
  private static var kindsKept: Int { 8 }

  private var entries: [Reason: Entry] = [:]

  var isEmpty: Bool { entries.isEmpty }

  /// The number of files.
  var count: Int { entries.values.reduce(0) { $0 + $1.count } }

  mutating func add(_ name: String, _ reason: Reason, kind: String? = nil) {
    var entry = entries[reason] ?? Entry()
    entry.count += 1
    if entry.names.count < Self.namesKept { entry.names.append(name) }
    if let kind, entry.kinds.count < Self.kindsKept { entry.kinds.insert(kind) }
    entries[reason] = entry
  }

  func count(of reason: Reason) -> Int { entries[reason]?.count ?? 0 }

  /// Returns the first names of a reason in parentheses, with an ellipsis if there are more.
  func names(of reason: Reason) -> String {
    guard let entry = entries[reason] else { return "" }
    let more = entry.count > entry.names.count ? ", …" : ""
    return "(" + entry.names.map { $0.printable() }.joined(separator: ", ") + more + ")"
  }

  /// Returns the endings of a reason in parentheses.
  func kinds(of reason: Reason) -> String {
    guard let entry = entries[reason], !entry.kinds.isEmpty else { return "" }
    let more = entry.kinds.count == Self.kindsKept ? ", …" : ""
    let kinds = entry.kinds.sorted(by: String.isInByteOrder).map { $0.printable() }
    return "(" + kinds.joined(separator: ", ") + more + ")"
  }
}

/// The rules by which a file below a data folder is no image of the set.
enum SkippingRule: Hashable, Sendable, CaseIterable {
  case hidden
  case systemFolder
  /// The name is known not to be that of an image.
  case notImage
  /// The name shows nothing, and the content is no image that can be read.
  case unknown
  /// A pipe, socket or device that is not called like an image.
  case special
  /// A link to a folder that contains the link.
  case cycle
  /// A link to nothing that is not called like an image: a file or a folder.
  case brokenLink
  /// An image that the label list does not name.
  case unlabelled
}

extension FileTally<SkippingRule> {
  /// The count of each rule as text; nil if nothing was skipped.
  var summary: String? {
    guard !isEmpty else { return nil }
    let parts = SkippingRule.allCases.compactMap { rule -> String? in
      let count = count(of: rule)
      return count == 0 ? nil : description(of: rule, count)
    }
    return parts.joined(separator: "; ")
  }

  private func description(of rule: SkippingRule, _ count: Int) -> String {
    switch rule {
    case .hidden: "hidden: \(count)"
    case .systemFolder: "system folders: \(count) \(kinds(of: rule))"
    case .notImage: "known not to be images: \(count) \(kinds(of: rule))"
    case .unknown: "of unknown kind: \(count) \(names(of: rule))"
    case .special: "pipes, sockets and devices: \(count) \(names(of: rule))"
    case .cycle: "links to a folder around them: \(count) \(names(of: rule))"
    case .brokenLink: "links to nothing: \(count) \(names(of: rule))"
    case .unlabelled: "images without a label: \(count) \(names(of: rule))"
    }
  }
}

/// The reasons why an image of a set cannot be read, as far as a listing shows them.
enum ImageFault: Hashable, Sendable, CaseIterable {
  case brokenLink
  /// A pipe, socket or device with the name of an image.
  case special
  /// A format that cannot be read.
  case format
  /// A file that may not be opened.
  case unreadable
}

extension FileTally<ImageFault> {
  /// Throws `badData` with all counts and the first names if there are faults.
  func throwIfAny(at place: String) throws(InputError) {
    guard !isEmpty else { return }
    let parts = ImageFault.allCases.compactMap { fault -> String? in
      let count = count(of: fault)
      return count == 0 ? nil : "\(description(of: fault)): \(count) \(names(of: fault))"
    }
    throw InputError(
      .badImage, "cannot read \(count) of the images", at: place,
      because: parts.joined(separator: "; "),
      try: "restore, convert or remove them, or use --skip-bad-images to leave them out")
  }

  private func description(of fault: ImageFault) -> String {
    switch fault {
    case .brokenLink: "links to nothing"
    case .special: "pipes, sockets and devices"
    case .format: "formats that are not supported"
    case .unreadable: "files that may not be opened"
    }
  }
}
