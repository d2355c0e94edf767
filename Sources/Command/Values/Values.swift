import ArgumentParser
import Foundation

/// A path as the user wrote it.
///
/// An empty path is refused, because it is often a variable that is not set.
struct Path: ExpressibleByArgument {
  let url: URL

  /// Shells complete the names of files and folders.
  static var defaultCompletionKind: CompletionKind { .file() }

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    // The shell has already replaced a ~ that means a home folder.
    url = URL(filePath: argument.hasPrefix("~") ? "./\(argument)" : argument)
  }
}

/// One number for grey, or three numbers separated by commas.
struct Channels: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Double($0) }
    guard [1, 3].contains(parts.count), values.count == parts.count, values.allSatisfy(\.isFinite)
    else { return nil }
    self.values = values
  }
}

/// A number of bytes: a number alone, or with K, M or G, which are powers of 1,024.
struct ByteSize: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    guard let bytes = scaled(argument, by: 1024) else { return nil }
    self.bytes = bytes
  }
}

/// A number of operations: a number alone, or with K, M or G, which are powers of 1,000.
struct OperationCount: ExpressibleByArgument {
  let operations: Int

  init?(argument: String) {
    guard let operations = scaled(argument, by: 1000) else { return nil }
    self.operations = operations
  }
}

/// Returns the value of a number with the unit K, M, G or T, or without one.
///
/// - Parameter step: The ratio of neighbouring units.
/// - Returns: The nearest whole number that is not larger; nil if `text` is no such number, or if the
///   value is negative, below 1 but not 0, or too large.
private func scaled(_ text: String, by step: Double) -> Int? {
  var digits = Substring(text.uppercased())
  var factor = 1.0
  if let exponent = digits.last.flatMap({ Array("KMGT").firstIndex(of: $0) }) {
    factor = pow(step, Double(exponent + 1))
    digits.removeLast()
  }
  guard digits.allSatisfy({ $0.isNumber || $0 == "." }), let number = Double(digits) else {
    return nil
  }
  let value = number * factor
  guard value == 0 || (1..<1e18).contains(value) else { return nil }
  // A fraction without a unit is no whole number of things.
  guard factor > 1 || value == value.rounded() else { return nil }
  return Int(value)
}

/// A duration: numbers with d, h, m or s, such as 90s, 30m, 2h or 1h30m.
struct TimeSpan: ExpressibleByArgument {
  let seconds: Double

  private static let units: [Character: Double] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]

  init?(argument: String) {
    var seconds = 0.0
    var number = ""
    // Units get smaller from left to right.
    var largest = Double.infinity
    for character in argument.lowercased() {
      guard let unit = Self.units[character] else {
        guard character.isNumber || character == "." else { return nil }
        number.append(character)
        continue
      }
      guard unit < largest, let count = Double(number) else { return nil }
      seconds += count * unit
      largest = unit
      number = ""
    }
    guard number.isEmpty, seconds > 0, seconds.isFinite else { return nil }
    self.seconds = seconds
  }
}

/// Different values separated by commas.
struct List<Value: ExpressibleByArgument & Hashable>: ExpressibleByArgument {
  let values: [Value]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Value(argument: String($0)) }
    guard !values.isEmpty, values.count == parts.count, Set(values).count == values.count else {
      return nil
    }
  }

  init(_ values: [Value]) { self.values = values }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }

  /// The possible values of an item.
  static var allValueStrings: [String] { Value.allValueStrings }
}
