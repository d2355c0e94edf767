import Files
import Foundation
import TestSupport
import Testing

@Suite("Input files")
struct InputFileTests {
  @Test("Bytes that were read stay as they are if the file is truncated", arguments: [10, 3 << 20])
  func truncated(count: Int) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      try bytes.write(to: url)
      let read = try InputFile.read(url)
      truncate(url.path, 0)
      #expect(read == bytes)
      #expect(try InputFile.read(url).isEmpty)
    }
  }

  @Test("A file larger than the memory is refused, and costs none")
  func sparse() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      try Data().write(to: url)
      truncate(url.path, 1 << 43)
      let error = inputError { _ = try InputFile.read(url) }
      #expect(error?.kind == .badData && error?.reason.contains("memory") == true)
    }
  }

  @Test("A file over its limit is refused, one at the limit is read")
  func limit() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a")
      try Data(count: 100).write(to: url)
      #expect(try InputFile.read(url, limit: 100).count == 100)
      let error = inputError { _ = try InputFile.read(url, limit: 99) }
      #expect(error?.kind == .badData)
      #expect(error?.reason == "its 100 bytes are over the limit of 99")
    }
  }

  @Test("Only regular files are read whole", arguments: ["/dev/zero", "/dev/null", "/", "/absent"])
  func others(path: String) {
    #expect(inputError { _ = try InputFile.read(URL(filePath: path)) }?.kind == .missingInput)
  }

  @Test("A text has a limit, and may come from a pipe")
  func texts() throws {
    let endless = inputError { _ = try InputFile.readText(URL(filePath: "/dev/zero"), limit: 1000) }
    #expect(endless?.kind == .badData && endless?.reason.contains("1000") == true)
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data("text".utf8))
    try pipe.fileHandleForWriting.close()
    let url = URL(filePath: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
    #expect(try InputFile.readText(url) == Data("text".utf8))
  }

  @Test("The available memory is positive, and at most what `ulimit -v` leaves")
  func memory() { #expect(availableMemory() > 0) }
}
