import Files
import MixQuantKit
import Quantization

/// The form of an option's value, which the name of the value in help states.
///
/// ArgumentParser reports only that a value is wrong. A form also gives the reason.
enum ValueForm {
  case wholeNumber, seed, bits, number, size, operations, time, channels, pin, range
  case choice([String])
  case text

  /// The form of the values that help calls `<name>`; `choices` are its possible values.
  init(named name: String, choices: [String]) {
    if !choices.isEmpty {
      self = .choice(choices)
      return
    }
    self =
      switch name {
      case "count", "pixels", "layers": .wholeNumber
      case "seed": .seed
      case "bits": .bits
      case "number", "mean-bits", "points", "percent", "factor": .number
      case "size": .size
      case "operations": .operations
      case "time": .time
      case "r,g,b": .channels
      case "pattern=bits": .pin
      case "range": .range
      default: .text
      }
  }

  /// The reason why a value is wrong, and advice.
  struct Fault: Equatable {
    let reason: String
    let remedy: String
  }

  /// Returns the fault of `value`, or nil if its form is right.
  func fault(of value: String) -> Fault? {
    guard !value.isEmpty else {
      return Fault(reason: "it is empty", remedy: "give \(description), or set the variable")
    }
    guard !isRight(value) else { return nil }
    if case .choice(let choices) = self {
      let likely = NearMiss.suggestion(for: value, among: choices)
      return Fault(
        reason: "there is no such choice",
        remedy: (likely.map { "did you mean \($0)? " } ?? "")
          + "choose \(choices.listed("or"))")
    }
    return Fault(reason: reason(value), remedy: "give \(description)")
  }

  /// The form in words.
  var description: String {
    switch self {
    case .wholeNumber: "a whole number"
    case .seed: "a whole number from 0 to 18446744073709551615"
    case .bits: "a whole number from 2 to 8"
    case .number: "a number"
    case .size: "a number of bytes, or one with K, M or G, such as 800M or 1.5G"
    case .operations: "a number of operations, or one with K, M or G, such as 1.5G"
    case .time: "a time such as 90s, 30m, 2h or 1h30m"
    case .channels: "one number for grey, or three separated by commas, such as 0.5,0.5,0.5"
    case .pin: "a pattern and its bits from 2 to 8, such as 'layer4.*=8'"
    case .range: "min-max, mse, or a percentile above 50 and at most 100, such as percentile:99.9"
    case .choice(let choices): choices.listed("or")
    case .text: "a value"
    }
  }

  private func isRight(_ value: String) -> Bool {
    switch self {
    case .wholeNumber: Int(value) != nil
    case .seed: UInt64(value) != nil
    case .bits: Int(value).map { (2...8).contains($0) } ?? false
    case .number: Double(value) != nil
    case .size: ByteSize(argument: value) != nil
    case .operations: OperationCount(argument: value) != nil
    case .time: TimeSpan(argument: value) != nil
    case .channels: Channels(argument: value) != nil
    case .pin: LayerPin(value) != nil
    case .range: ActivationRange(value) != nil
    case .choice(let choices): choices.contains(value)
    case .text: true
    }
  }

  /// Returns the reason why a value that is not right is wrong.
  private func reason(_ value: String) -> String {
    switch self {
    case .wholeNumber, .seed, .bits: wholeNumberReason(value)
    case .size, .operations: scaledReason(value)
    case .time: timeReason(value)
    case .number: "it is not a number"
    case .channels: channelsReason(value)
    case .pin: pinReason(value)
    case .range, .choice, .text: "it is none of these"
    }
  }

  private func wholeNumberReason(_ value: String) -> String {
    if let number = Int(value) { return number < 0 ? "it is negative" : "it is out of range" }
    guard let number = Double(value), number.isFinite else { return "it is not a number" }
    if number < 0 { return "it is negative" }
    return number == number.rounded() ? "it is not written as a whole number" : "it is a fraction"
  }

  private func scaledReason(_ value: String) -> String {
    let letters = value.uppercased().drop { $0.isNumber || $0 == "." || $0 == "-" }
    if value.hasPrefix("-") { return "it is negative" }
    if case .size = self, ["KB", "MB", "GB", "TB", "KIB", "MIB", "GIB", "TIB"].contains(letters) {
      return "K, M and G stand alone here and are powers of 1,024"
    }
    guard letters.isEmpty || ["K", "M", "G", "T"].contains(letters) else {
      return "\(letters.lowercased().printable(limit: 20)) is not a unit"
    }
    guard let number = Double(value.dropLast(letters.count)) else { return "it is not a number" }
    return number < 1 || letters.isEmpty ? "it is a fraction or too large" : "it is too large"
  }

  private func timeReason(_ value: String) -> String {
    if value.hasPrefix("-") { return "it is negative" }
    if let number = Double(value) {
      return number == 0 ? "it is no time at all" : "it has no unit"
    }
    return "it is not a time"
  }

  private func channelsReason(_ value: String) -> String {
    let parts = value.split(separator: ",", omittingEmptySubsequences: false)
    if let wrong = parts.first(where: { Double($0)?.isFinite != true }) {
      return "'\(wrong)' is not a number"
    }
    return "it has \(parts.count) numbers"
  }

  private func pinReason(_ value: String) -> String {
    guard let sign = value.lastIndex(of: "=") else { return "it has no = between pattern and bits" }
    let bits = String(value[value.index(after: sign)...])
    guard sign != value.startIndex else { return "it has no pattern" }
    return "its bits are wrong: \(wholeNumberReason(bits))"
  }
}
