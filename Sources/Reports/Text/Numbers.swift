import Foundation

/// Numbers as people read them; the same on every machine.
package enum Numbers {
  /// A coordinate, to a tenth.
  package static func coordinate(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    guard text.hasSuffix(".0") else { return text }
    let whole = String(text.dropLast(2))
    return whole == "-0" ? "0" : whole
  }

  /// Returns three significant digits without trailing zeros: 0.00123, 12.5, 3; 1.2e-07 for tiny numbers.
  package static func short(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : "∞" }
    guard value != 0 else { return "0" }
    let size = abs(value)
    if size < 1e-4 || size >= 1e6 { return String(format: "%.2g", value) }
    let decimals = max(0, 2 - Int(log10(size).rounded(.down)))
    var text = String(format: "%.\(decimals)f", value)
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A count: 432, 9.2k, 590k, 2.36M.
  package static func count(_ value: Int) -> String {
    switch value {
    case ..<1000: String(value)
    case ..<10_000: short((Double(value) / 100).rounded() / 10) + "k"
    case ..<1_000_000: String(format: "%.0fk", Double(value) / 1000)
    default: short(Double(value) / 1e6) + "M"
    }
  }

  package static func percent(_ value: Double) -> String { String(format: "%.2f", value) }

  /// A divergence in nats: to four decimals, or as many as show two digits of it.
  package static func nats(_ value: Double) -> String {
    String(format: "%.\(decimals(value))f", value)
  }

  /// A divergence with its interval, `0.1058 [0.0984, 0.1132]`, or the difference of two, with signs.
  package static func nats(
    _ value: Double, low: Double, high: Double, isDifference: Bool = false
  ) -> String {
    let number = "%\(isDifference ? "+" : "").\(decimals(max(abs(low), abs(high))))f"
    return String(format: "\(number) [\(number), \(number)]", value, low, high)
  }

  private static func decimals(_ value: Double) -> Int {
    guard value.isFinite, value != 0 else { return 4 }
    return min(9, max(4, 1 - Int(log10(abs(value)).rounded(.down))))
  }

  /// A p value to four decimals, never as zero.
  package static func p(_ value: Double) -> String {
    value < 0.00005 ? "<0.0001" : String(format: "%.4f", value)
  }

  /// A p value in a sentence: `p = 0.0190` or `p < 0.0001`.
  package static func pStatement(_ value: Double) -> String {
    value < 0.00005 ? "p < 0.0001" : "p = \(p(value))"
  }

  /// Percent with an interval: `80.45 [78.65, 82.13]`.
  package static func percent(_ value: Double, low: Double, high: Double) -> String {
    String(format: "%.2f [%.2f, %.2f]", value, low, high)
  }

  /// `one image`, `3 images`.
  static func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "one \(noun)" : "\(count) \(noun)s"
  }
}
