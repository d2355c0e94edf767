import Files

/// Throws `out-of-range` unless `value`, if it is given, is in `range`.
///
/// - Parameter option: The name of the option with its dashes.
func require(_ value: Int?, in range: ClosedRange<Int>, of option: String) throws(InputError) {
  guard let value, !range.contains(value) else { return }
  throw .outOfRange(
    option, "\(value)", "a whole number from \(range.lowerBound) to \(range.upperBound)")
}

/// Throws `out-of-range` unless `value`, if it is given, is in `range`.
func require(_ value: Int?, in range: PartialRangeFrom<Int>, of option: String) throws(InputError) {
  guard let value, !range.contains(value) else { return }
  throw .outOfRange(option, "\(value)", "a whole number from \(range.lowerBound)")
}

/// Throws `out-of-range` unless `value`, if it is given, is in `range`; a NaN is in no range.
func require(_ value: Double?, in range: ClosedRange<Double>, of option: String) throws(InputError)
{
  guard let value, !range.contains(value) else { return }
  throw .outOfRange(
    option, plain(value), "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))")
}

/// Throws `out-of-range` unless `value`, if it is given, is one of `choices`.
func require(_ value: Int?, oneOf choices: [Int], of option: String) throws(InputError) {
  guard let value, !choices.contains(value) else { return }
  throw .outOfRange(option, "\(value)", choices.map(String.init).listed("or"))
}

/// Returns a number as people write it, without ".0".
private func plain(_ number: Double) -> String {
  Int(exactly: number).map { "\($0)" } ?? "\(number)"
}

extension InputError {
  /// Returns the error for a value of the right form that is too small or too large.
  static func outOfRange(_ option: String, _ value: String, _ allowed: String) -> InputError {
    InputError(
      .outOfRange, "cannot use the value", at: "\(option) \(value)",
      because: value.hasPrefix("-") ? "it is negative" : "it is out of range",
      try: "give \(allowed)")
  }

  /// Returns the error for options that contradict each other.
  static func conflict(
    _ options: String, _ reason: String, try remedy: String = "leave out one of them"
  ) -> InputError {
    InputError(
      .conflictingOptions, "cannot combine the options", at: options, because: reason,
      try: remedy)
  }

  /// Returns the error for options that no part of the command would read.
  static func unused(
    _ options: String, _ reason: String, try remedy: String = "leave it out"
  ) -> InputError {
    InputError(
      .unusedOption, "cannot use the option", at: options, because: reason, try: remedy)
  }

  /// Returns the error for an option that others need.
  static func missing(_ option: String, _ reason: String, try remedy: String = "") -> InputError {
    InputError(
      .missingOption, "an option is missing", at: option, because: reason,
      try: remedy.isEmpty ? "give \(option)" : remedy)
  }
}

extension [String] {
  /// The elements as a list in a sentence, such as "a, b or c".
  func listed(_ conjunction: String) -> String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
  }
}
