import Files
import Foundation
import TestSupport
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  @Test(
    "the examples of FIPS 180-4 and of NIST's test vectors",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func examples(message: String, digest: String) {
    #expect(SHA256.hexDigest(of: Data(message.utf8)) == digest)
  }

  @Test("a million times the letter a")
  func million() {
    let data = Data(repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(
      SHA256.hexDigest(of: data)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("pieces of any length hash as the whole does", arguments: [1, 3, 55, 56, 63, 64, 65, 200])
  func pieces(length: Int) {
    let message = (0..<777).map { UInt8(truncatingIfNeeded: $0 * 31) }
    var hash = SHA256()
    for start in stride(from: 0, to: message.count, by: length) {
      hash.update(message[start..<min(start + length, message.count)])
    }
    #expect(hash.finalize() == SHA256.hexDigest(of: Data(message)))
  }

  @Test("a file hashes as its bytes do")
  func file() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "bytes")
      for count in [0, 1, 100_000] {
        let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) })
        try bytes.write(to: url)
        #expect(try SHA256.hexDigest(ofFile: url) == SHA256.hexDigest(of: bytes))
      }
    }
  }

  @Test("a file that is absent is a missing input")
  func absentFile() throws {
    try withTemporaryFolder { folder in
      let error = inputError { _ = try SHA256.hexDigest(ofFile: folder.appending(path: "a")) }
      #expect(error?.kind == .missingInput)
    }
  }
}
