package import Files

/// Codes of 2 to 8 bits packed into bytes without gaps.
///
/// The order is little-endian. Code i takes the bits i·width ..< (i+1)·width of a stream. Bit k of
/// the stream is bit k mod 8 of byte k / 8, counted from the least significant bit. Bits after the
/// last code are zero.
package enum BitPacking {
  /// Returns the number of bytes that `count` codes fill: ⌈count · width / 8⌉.
  package static func byteCount(count: Int, bitWidth: BitWidth) -> Int {
    (count * bitWidth.bits + 7) / 8
  }

  /// Returns the packed bytes of `codes`, each of them below `bitWidth.levels`.
  package static func pack(_ codes: [UInt8], bitWidth: BitWidth) -> [UInt8] {
    let width = bitWidth.bits
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount(count: codes.count, bitWidth: bitWidth))
    var pending: UInt16 = 0
    var pendingBits = 0
    for code in codes {
      precondition(Int(code) < bitWidth.levels, "code \(code) at \(bitWidth) bits")
      pending |= UInt16(code) << pendingBits
      pendingBits += width
      if pendingBits >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: pending))
        pending >>= 8
        pendingBits -= 8
      }
    }
    if pendingBits > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
    return bytes
  }

  /// Returns the `count` codes in `bytes`.
  ///
  /// - Parameter place: The place of the bytes, for error messages.
  /// - Throws: `badData` if the length is wrong or bits after the last code are set.
  package static func unpack(
    _ bytes: [UInt8], bitWidth: BitWidth, count: Int, at place: String
  ) throws(InputError) -> [UInt8] {
    let needed = byteCount(count: count, bitWidth: bitWidth)
    guard bytes.count == needed else {
      throw InputError(
        .badPackedFile, "cannot unpack the codes", at: place,
        because: "\(count) codes of \(bitWidth) bits fill \(needed) bytes, not \(bytes.count)",
        try: "write the file again")
    }
    let mask = UInt16(bitWidth.levels - 1)
    var codes: [UInt8] = []
    codes.reserveCapacity(count)
    var pending: UInt16 = 0
    var pendingBits = 0
    var next = 0
    for _ in 0..<count {
      if pendingBits < bitWidth.bits {
        pending |= UInt16(bytes[next]) << pendingBits
        pendingBits += 8
        next += 1
      }
      codes.append(UInt8(pending & mask))
      pending >>= UInt16(bitWidth.bits)
      pendingBits -= bitWidth.bits
    }
    guard pending == 0 else {
      throw InputError(
        .badPackedFile, "cannot unpack the codes", at: place,
        because: "bits are set after the last of \(count) codes", try: "write the file again")
    }
    return codes
  }
}
