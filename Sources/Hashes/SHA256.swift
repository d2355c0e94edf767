internal import CHashes
package import Foundation

/// The secure hash SHA-256 (FIPS 180-4).
///
/// Written out because a cryptography package would triple the time of a build for this one hash; its
/// inner loop is in C, where the processor's instructions for it can be named.
package struct SHA256 {
  private static let blockByteCount = 64

  private var state: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
    0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
  ]
  /// Bytes that do not fill a block yet.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  package init() {}

  /// Adds `bytes` to the message.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    if bytes.withContiguousStorageIfAvailable({ absorb(UnsafeRawBufferPointer($0)) }) == nil {
      Array(bytes).withUnsafeBytes { absorb($0) }
    }
  }

  /// The hash of the message so far, as 64 lower-case hexadecimal digits.
  package consuming func finalize() -> String {
    let bitCount = byteCount &* 8
    let padding = (119 - Int(byteCount % 64)) % 64
    update([0x80] + [UInt8](repeating: 0, count: padding))
    update(withUnsafeBytes(of: bitCount.bigEndian) { Array($0) })
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  package static func hexDigest(of data: Data) -> String {
    var hash = SHA256()
    data.withUnsafeBytes { hash.absorb($0) }
    return hash.finalize()
  }

  private mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
    byteCount += UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let head = rest.prefix(Self.blockByteCount - pending.count)
      pending += head
      rest = rest.dropFirst(head.count)
      guard pending.count == Self.blockByteCount else { return }
      ch_sha256_blocks(&state, pending, 1)
      pending.removeAll(keepingCapacity: true)
    }
    let blocks = rest.count / Self.blockByteCount
    let whole = UnsafeRawBufferPointer(rebasing: rest.prefix(blocks * Self.blockByteCount))
    if blocks > 0 {
      ch_sha256_blocks(&state, whole.baseAddress, blocks)
    }
    pending += rest.dropFirst(whole.count)
  }
}
