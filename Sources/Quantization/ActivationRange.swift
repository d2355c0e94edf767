/// The method that finds the range of activations from their histogram.
package enum ActivationRange: Equatable, Sendable {
  case minMax
  /// The best of 80 narrowed ranges; see `RangeSearch`.
  case mse
  /// The range between this percentile, above 50 and at most 100, and its mirror image.
  ///
  /// 99.9 cuts a thousandth of the values at either end.
  case percentile(Double)
}

/// The method as text: `min-max`, `mse` or `percentile:99.9`.
extension ActivationRange: LosslessStringConvertible {
  private static let prefix = "percentile:"

  package init?(_ text: String) {
    switch text {
    case "min-max": self = .minMax
    case "mse": self = .mse
    default:
      guard text.hasPrefix(Self.prefix), let percentage = Double(text.dropFirst(Self.prefix.count)),
        percentage > 50, percentage <= 100
      else { return nil }
      self = .percentile(percentage)
    }
  }

  package var description: String {
    switch self {
    case .minMax: "min-max"
    case .mse: "mse"
    case .percentile(let percentage): "\(Self.prefix)\(percentage)"
    }
  }
}

extension ActivationRange: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let range = ActivationRange(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a range method")
      )
    }
    self = range
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
