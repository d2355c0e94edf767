import Files

/// The result of checking a packed file.
package struct Verification: Codable, Sendable {
  /// A property that the file must have.
  package struct Check: Codable, Sendable {
    package let name: String
    package let passed: Bool
    /// The numbers that were checked, or the mismatch.
    package let detail: String
  }

  package private(set) var checks: [Check] = []
  /// The exact integer sums of every layer; absent if the file could not be read.
  package internal(set) var sums: [LayerSums]?
  /// The distance of every layer's weights from the checkpoint; absent without one.
  package internal(set) var distances: [WeightDistance]?

  /// True if every check passed.
  package var passed: Bool { checks.allSatisfy(\.passed) }

  /// Adds a check, which fails with each of `mismatches`, or passes with `detail` if there are none.
  mutating func add(_ name: String, _ detail: String, mismatches: [String] = []) {
    checks += mismatches.map { Check(name: name, passed: false, detail: $0) }
    if mismatches.isEmpty { checks.append(Check(name: name, passed: true, detail: detail)) }
  }

  /// The number of checks that failed, as a sentence for errors; nil if all passed.
  package var failure: String? {
    let failed = checks.count { !$0.passed }
    guard failed > 0 else { return nil }
    return "\(failed) of \(checks.count) checks failed"
  }

  /// One line per check.
  package var text: String {
    checks.map { check in
      let mark = check.passed ? "ok  " : "FAIL"
      let name = check.name.padding(toLength: 12)
      return "\(mark)  \(name)  \(check.detail)".printable()
    }.joined(separator: "\n")
  }
}

extension String {
  /// Returns the text with spaces appended up to `length` characters.
  fileprivate func padding(toLength length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - count))
  }
}
