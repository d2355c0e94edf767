internal import CCrypto
package import Foundation

/// The secure hash SHA-256 (FIPS 180-4), computed by OpenSSL's libcrypto.
package struct SHA256: ~Copyable {
  private static let byteCount = 32

  // libcrypto must not clean up at exit, because another thread may still be hashing a file then.
  private static let isReady =
    OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

  private let context: OpaquePointer

  /// Starts an empty message.
  package init() {
    guard Self.isReady, let context = EVP_MD_CTX_new(),
      EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    else {
      preconditionFailure("libcrypto offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds `bytes` to the message.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    if bytes.withContiguousStorageIfAvailable({ absorb(UnsafeRawBufferPointer($0)) }) == nil {
      Array(bytes).withUnsafeBytes { absorb($0) }
    }
  }

  /// Returns the hash of the message, as 64 lower-case hexadecimal digits.
  package consuming func finalize() -> String {
    var digest = [UInt8](repeating: 0, count: Self.byteCount)
    let status = EVP_DigestFinal_ex(context, &digest, nil)
    precondition(status == 1, "libcrypto could not finish a hash")
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }

  /// Returns the hash of `data`, as 64 lower-case hexadecimal digits.
  package static func hexDigest(of data: Data) -> String {
    var hash = SHA256()
    data.withUnsafeBytes { hash.absorb($0) }
    return hash.finalize()
  }

  private mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
    let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(status == 1, "libcrypto could not hash \(bytes.count) bytes")
  }
}
