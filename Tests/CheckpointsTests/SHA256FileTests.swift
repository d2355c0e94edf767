import Checkpoints
import Foundation
import Hashes
import Testing

@Suite("SHA-256 of files")
struct SHA256FileTests {
  @Test("a file hashes as its bytes do")
  func file() throws {
    let url = fixture("tiny_zip.pt")
    #expect(try SHA256.hexDigest(ofFile: url) == SHA256.hexDigest(of: Data(contentsOf: url)))
  }
}
