package import Files

/// The number of bits of a code, from 2 to 8; in JSON it is a plain integer.
package struct BitWidth: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number itself, from 2 to 8.
  package let bits: Int

  /// The possible numbers of bits.
  package static let range = 2...8

  /// All widths, narrowest first.
  package static let all = range.map { BitWidth(integerLiteral: $0) }

  /// Creates a width of `bits` bits; `nil` outside 2 to 8.
  package init?(_ bits: Int) {
    guard Self.range.contains(bits) else { return nil }
    self.bits = bits
  }

  /// Returns the width of `bits`; throws `usage` outside 2 to 8.
  package static func validated(_ bits: Int) throws(InputError) -> BitWidth {
    guard let bitWidth = BitWidth(bits) else {
      throw InputError(
        .outOfRange, "cannot use the bit-width", at: "\(bits) bits",
        because: "codes have 2 to 8 bits", try: "choose a width from 2 to 8")
    }
    return bitWidth
  }

  /// The number of codes, 2^bits.
  package var levels: Int { 1 << bits }

  /// The width with one bit more, or `nil` at 8 bits.
  package var wider: BitWidth? { BitWidth(bits + 1) }

  package var description: String { String(bits) }

  package static func < (left: BitWidth, right: BitWidth) -> Bool { left.bits < right.bits }
}

extension BitWidth: ExpressibleByIntegerLiteral {
  /// Creates the width from a number in the source code; traps outside 2 to 8.
  package init(integerLiteral bits: Int) {
    precondition(Self.range.contains(bits), "codes of \(bits) bits")
    self.bits = bits
  }
}

extension BitWidth: Codable {
  package init(from decoder: any Decoder) throws {
    let bits = try decoder.singleValueContainer().decode(Int.self)
    guard Self.range.contains(bits) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(bits) bits, outside 2...8"))
    }
    self.bits = bits
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(bits)
  }
}
