import Files
import Foundation
import TestSupport
import Testing

@Suite("Output files")
struct OutputFileTests {
  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("The old file stays until the new one is complete")
  func replacing() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      try Data([1]).write(to: url)
      let output = try OutputFile(url, overwriting: true)
      #expect(try Data(contentsOf: url) == Data([1]))
      try output.write(Data([2, 3]))
      #expect(try Data(contentsOf: url) == Data([2, 3]))
      #expect(try names(folder) == ["a"])
    }
  }

  @Test("A place that is not used leaves nothing behind")
  func unused() throws {
    try withTemporaryFolder { folder in
      _ = try OutputFile(folder.appending(path: "a"), overwriting: false)
      #expect(try names(folder).isEmpty)
    }
  }

  @Test("Only one run can hold a place")
  func locked() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      let first = try OutputFile(url, overwriting: false)
      let error = inputError { _ = try OutputFile(url, overwriting: true) }
      #expect(error?.kind == .cannotWrite && error?.reason.contains("another run") == true)
      try first.write(Data())
      #expect(try names(folder) == ["a"])
    }
  }

  @Test("A file that appeared in the meantime is not overwritten")
  func appeared() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      let output = try OutputFile(url, overwriting: false)
      try Data([7]).write(to: url)
      #expect(inputError { try output.write(Data([1])) }?.remedy.contains("--force") == true)
      #expect(try Data(contentsOf: url) == Data([7]))
    }
  }

  @Test("The temporary file of a killed run is taken over, even with the longest name")
  func takeover() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: String(repeating: "a", count: 255))
      let first = try OutputFile(url, overwriting: false)
      let temporary = try #require(names(folder).first)
      let kept = folder.appending(path: "kept")
      try FileManager.default.copyItem(at: folder.appending(path: temporary), to: kept)
      try first.write(Data([1]))
      try FileManager.default.moveItem(at: kept, to: folder.appending(path: temporary))
      try AtomicFile.write(Data([2]), to: url, overwriting: true)
      #expect(try names(folder) == [url.lastPathComponent])
      #expect(try Data(contentsOf: url) == Data([2]))
    }
  }

  @Test("A link stays, and the file to which it leads is written")
  func link() throws {
    try withTemporaryFolder { folder in
      let (real, link) = (folder.appending(path: "real"), folder.appending(path: "link"))
      try Data([1]).write(to: real)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
      try AtomicFile.write(Data([2]), to: link, overwriting: true)
      #expect(try Data(contentsOf: real) == Data([2]))
      #expect(AtomicFile.type(at: link) == .typeSymbolicLink)
    }
  }
}
