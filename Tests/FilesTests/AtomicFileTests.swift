import Files
import Foundation
import TestSupport
import Testing

@Suite("Atomic files")
struct AtomicFileTests {
  @Test("a file is written whole, with nothing left beside it")
  func write() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      try AtomicFile.write(Data([1, 2]), to: url, overwriting: false)
      #expect(try Data(contentsOf: url) == Data([1, 2]))
      try AtomicFile.write(Data([3]), to: url, overwriting: true)
      #expect(try Data(contentsOf: url) == Data([3]))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }
  }

  @Test("an existing file is unchanged unless overwriting is requested")
  func refuses() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      try Data([1]).write(to: url)
      let error = try #require(throws: InputError.self) {
        try AtomicFile.write(Data([2]), to: url, overwriting: false)
      }
      #expect(error.kind == .cannotWrite && error.remedy.contains("--force"))
      #expect(try Data(contentsOf: url) == Data([1]))
    }
  }

  @Test("a folder that is absent, or in the place of the file, is an error")
  func folders() throws {
    try withTemporaryFolder { folder in
      for url in [folder.appending(path: "absent/a"), folder] {
        let error = #expect(throws: InputError.self) {
          try AtomicFile.write(Data([2]), to: url, overwriting: true)
        }
        #expect(error?.kind == .cannotWrite)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.isEmpty)
    }
  }
}
