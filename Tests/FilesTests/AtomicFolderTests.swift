import Files
import Foundation
import TestSupport
import Testing

@Suite("Atomic folder")
struct AtomicFolderTests {
  private func write(
    _ text: String, to folder: URL, overwriting: Bool = false
  ) throws(InputError) {
    try AtomicFolder.write(to: folder, overwriting: overwriting) { staging throws(InputError) in
      _ = FileManager.default.createFile(
        atPath: staging.appending(path: "result").path, contents: Data(text.utf8))
    }
  }

  private func contents(_ folder: URL) throws -> String {
    try String(contentsOf: folder.appending(path: "result"), encoding: .utf8)
  }

  @Test("A folder appears with all its files, and nothing is left beside it")
  func appears() throws {
    try withTemporaryFolder { root in
      let folder = root.appending(path: "out")
      try write("one", to: folder)
      #expect(try contents(folder) == "one")
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["out"])
    }
  }

  @Test("A folder is replaced only on request")
  func overwriting() throws {
    try withTemporaryFolder { root in
      let folder = root.appending(path: "out")
      try write("one", to: folder)
      let error = inputError { try write("two", to: folder) }
      #expect(error?.kind == .cannotWrite && error?.remedy.contains("--force") == true)
      #expect(try contents(folder) == "one")
      try write("two", to: folder, overwriting: true)
      #expect(try contents(folder) == "two")
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["out"])
    }
  }

  @Test("The old folder stays until the new one is complete, and then both are exchanged at once")
  func exchange() throws {
    try withTemporaryFolder { root in
      let folder = root.appending(path: "out")
      try write("one", to: folder)
      var meanwhile: String?
      var other: InputError?
      try AtomicFolder.write(to: folder, overwriting: true) { staging throws(InputError) in
        meanwhile = try? contents(folder)
        _ = FileManager.default.createFile(
          atPath: staging.appending(path: "result").path, contents: Data("two".utf8))
        other = inputError { try write("three", to: folder) }
      }
      #expect(meanwhile == "one" && other?.reason.contains("another run") == true)
      #expect(try contents(folder) == "two")
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["out"])
    }
  }

  @Test("Files left by a killed run are removed by the next run")
  func leftBehind() throws {
    try withTemporaryFolder { root in
      let folder = root.appending(path: "out")
      var temporary: URL?
      try AtomicFolder.write(to: folder, overwriting: false) { staging throws(InputError) in
        temporary = staging
      }
      let left = try #require(temporary)
      try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
      try Data("half".utf8).write(to: left.appending(path: "half"))
      try write("two", to: folder, overwriting: true)
      #expect(try contents(folder) == "two")
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["out"])
    }
  }

  @Test("Folders that were made above a folder are removed if it is not finished")
  func parents() throws {
    try withTemporaryFolder { root in
      let failure = InputError(.badData, "failed", at: "here", because: "on purpose")
      let folder = root.appending(path: "a/b/out")
      let error = inputError {
        try AtomicFolder.write(to: folder, overwriting: false) { _ throws(InputError) in
          throw failure
        }
      }
      #expect(error == failure)
      let left = try FileManager.default.contentsOfDirectory(atPath: root.path)
      #expect(left.isEmpty)
    }
  }

  @Test("A folder that holds other files is never replaced")
  func otherFiles() throws {
    try withTemporaryFolder { root in
      let precious = root.appending(path: "thesis.tex")
      try Data("years".utf8).write(to: precious)
      let error = inputError { try write("two", to: root, overwriting: true) }
      #expect(error?.kind == .cannotWrite && error?.reason.contains("thesis.tex") == true)
      #expect(try Data(contentsOf: precious) == Data("years".utf8))
    }
  }

  @Test("A folder whose replacement fails keeps its place")
  func putBack() throws {
    try withTemporaryFolder { root in
      let folder = root.appending(path: "out")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let error = inputError {
        try AtomicFolder.write(to: folder, overwriting: true) { staging throws(InputError) in
          try? FileManager.default.removeItem(at: staging)
        }
      }
      #expect(error?.kind == .cannotWrite)
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["out"])
    }
  }

  @Test("If filling fails, nothing appears and nothing is lost")
  func failure() throws {
    try withTemporaryFolder { root in
      let folder = root.appending(path: "out")
      try write("one", to: folder)
      let failure = InputError(.badData, "failed", at: "here", because: "on purpose")
      let error = inputError {
        try AtomicFolder.write(to: folder, overwriting: true) { _ throws(InputError) in
          throw failure
        }
      }
      #expect(error == failure)
      #expect(try contents(folder) == "one")
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["out"])
    }
  }

  @Test("A file in the place of a folder is an error")
  func fileInTheWay() throws {
    try withTemporaryFolder { root in
      let file = root.appending(path: "out")
      try Data().write(to: file)
      #expect(inputError { try write("one", to: file, overwriting: true) }?.kind == .cannotWrite)
    }
  }

  @Test("A link to a folder stays, and the folder it leads to is filled")
  func link() throws {
    try withTemporaryFolder { root in
      let (real, link) = (root.appending(path: "real"), root.appending(path: "link"))
      try FileManager.default.createDirectory(at: real, withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
      try write("one", to: link)
      #expect(try contents(real) == "one")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: link.path).hasSuffix("real"))
    }
  }

  @Test("A path that cannot become a folder is refused before any work, and nothing is left there")
  func noRoom() throws {
    try withTemporaryFolder { root in
      try Data().write(to: root.appending(path: "file"))
      try FileManager.default.createSymbolicLink(
        at: root.appending(path: "nowhere"), withDestinationURL: root.appending(path: "absent"))
      let before = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
      let long = String(repeating: "a", count: 250)
      for name in ["file/out", "file/out/deep", "nowhere", "nowhere/out", long, "new/\(long)"] {
        let error = inputError {
          try AtomicFolder.requireReplaceable(
            root.appending(path: name), overwriting: true, names: [])
        }
        // The check cannot try a name in a folder that does not exist yet.
        #expect(error?.kind == (name.hasPrefix("new/") ? nil : .cannotWrite), "\(name)")
      }
      try AtomicFolder.requireReplaceable(
        root.appending(path: "new/deep"), overwriting: false, names: [])
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).sorted() == before)
    }
  }
}
