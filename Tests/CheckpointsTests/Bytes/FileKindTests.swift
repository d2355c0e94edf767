import Files
import Foundation
import Testing

@testable import Checkpoints

@Suite("Files that are no checkpoints")
struct FileKindTests {
  @Test(
    "are refused with the kind that their content suggests",
    arguments: [
      ("", "the file is empty"), ("<!DOCTYPE html>\n<html>", "text that begins with '<!DOCTYPE"),
      ("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
      ("\u{1F}", "begins with the bytes 1f"), ("PK\u{3}\u{4}", "cut off"),
    ])
  func appearances(content: String, reason: String) throws {
    let error = try readingError(Data(content.utf8))
    #expect(error.kind == .badData && error.reason.contains(reason), "\(error)")
  }

  @Test("archives of other kinds are named")
  func archives() throws {
    #expect(try readingError(Data([0x1F, 0x8B, 8])).reason.contains("gzip"))
    #expect(try readingError(Data([0x89, 0x48, 0x44, 0x46])).reason.contains("HDF5"))
    var tar = Data(count: 512)
    tar.replaceSubrange(257..<262, with: Data("ustar".utf8))
    #expect(try readingError(tar).reason.contains("tar archive"))
  }

  @Test("absent files, folders and devices are missing inputs")
  func missing() throws {
    for path in ["absent.pth", ".", "/dev/zero"] {
      let url = URL(filePath: path)
      let error = #expect(throws: InputError.self) { try Checkpoint.read(url) }
      #expect(error?.kind == .missingInput, "\(path)")
    }
  }
}
