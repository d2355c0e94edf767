/// The prefixes that module wrappers add to every name.
enum WrapperPrefix {
  private static let known = ["module.", "_orig_mod.", "model.", "net.", "backbone."]

  /// Returns the names without the prefixes that all of them share, and a note on each prefix.
  static func strip(
    _ names: [String]
  ) -> (names: [String], prefix: String, notes: [String]) {
    var names = names
    var stripped = ""
    var notes: [String] = []
    while let prefix = known.first(where: { prefix in isShared(prefix, by: names) }) {
      names = names.map { String($0.dropFirst(prefix.count)) }
      stripped += prefix
      notes.append("removed the prefix '\(prefix)' from \(names.count) names")
    }
    return (names, stripped, notes)
  }

  private static func isShared(_ prefix: String, by names: [String]) -> Bool {
    !names.isEmpty && names.allSatisfy { $0.hasPrefix(prefix) && $0.count > prefix.count }
  }
}
