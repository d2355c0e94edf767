import Files
import Foundation
import Testing

@testable import Datasets

@Suite("Accounting for every file below a data folder")
struct FolderWalkTests {
  let png: Data

  init() throws { png = try fixture("rgb.png") }

  private func link(_ place: String, to target: String, in root: URL) throws {
    try FileManager.default.createSymbolicLink(
      atPath: root.appending(path: place).path, withDestinationPath: target)
  }

  @Test("Each rule that skips files is printed with its count")
  func rules() throws {
    let files = [
      "a/1.png": png, "a/.DS_Store": png, "a/Thumbs.db": png, "a/LICENSE": png, "a/1.png~": png,
      "a/boxes.csv": png, "a/note.xyz": Data("text".utf8), "__MACOSX/a/1.png": png, "b/1.png": png,
    ]
    try withFolder(files) { root in
      let pipe = root.appending(path: "a/pipe").path
      try #require(mkfifo(pipe, 0o600) == 0)
      let set = try ImageSet.open(root)
      #expect(set.items.map(\.name) == ["a/1.png", "b/1.png"])
      #expect(
        set.notes == [
          "skipped    hidden: 1; system folders: 1 (__MACOSX); known not to be images: 4 "
            + "(.csv, LICENSE, Thumbs.db, copies ending in ~); of unknown kind: 1 (a/note.xyz); "
            + "pipes, sockets and devices: 1 (a/pipe)"
        ])
      #expect(set.limited(to: 1).notes == set.notes)
    }
  }

  @Test("A file of unknown name is an image if its content is")
  func contentOfUnknownNames() throws {
    try withFolder(["a/0001": png, "a/0002.data": png, "a/text": Data("BM, a text".utf8)]) { root in
      let set = try ImageSet.open(root)
      #expect(set.items.map(\.name) == ["a/0001", "a/0002.data"])
      #expect(set.notes == ["skipped    of unknown kind: 1 (a/text)"])
    }
  }

  @Test(
    "Broken links, pipes and unsupported formats among the images are counted, named and refused")
  func faults() throws {
    let files = ["a/1.png": png, "a/2.gif": Data("GIF89a".utf8), "a/3.heic": png]
    try withFolder(files) { root in
      for number in 4..<9 { try link("a/\(number).png", to: "/nowhere", in: root) }
      try #require(mkfifo(root.appending(path: "a/9.png").path, 0o600) == 0)
      let error = inputError { _ = try ImageSet.open(root) }
      #expect(error?.kind == .badData && error?.what == "cannot read 8 of the images")
      #expect(
        error?.reason
          == "links to nothing: 5 (a/4.png, a/5.png, a/6.png, …); pipes, sockets and devices: 1 "
          + "(a/9.png); formats that are not supported: 2 (a/2.gif, a/3.heic)")

      let set = try ImageSet.open(root, skipBadImages: true)
      #expect(set.items.count == 9 && set.notes.isEmpty)
      for (index, reason) in [
        1: "it is a GIF image, which is not supported", 3: "there is no such file",
        8: "it is not a regular file",
      ] {
        #expect(inputError { _ = try set.load(set.items[index]) }?.reason == reason)
      }
    }
  }

  @Test("A broken link may have been a class folder")
  func brokenFolder() throws {
    try withFolder(["a/1.png": png]) { root in
      try link("b", to: "/nowhere", in: root)
      let error = inputError { _ = try ImageSet.open(root) }
      #expect(error?.reason == "links to nothing: 1 (b)")
      let set = try ImageSet.open(root, skipBadImages: true)
      #expect(set.classNames == ["a"] && set.notes == ["skipped    links to nothing: 1 (b)"])
    }
  }

  @Test("The walk ends at links to enclosing folders")
  func cycles() throws {
    try withFolder(["a/deep/1.png": png, "b/1.png": png]) { root in
      try link("a/deep/up", to: "..", in: root)
      try link("a/deep/top", to: "../..", in: root)
      try link("a/deep/itself", to: ".", in: root)
      let set = try ImageSet.open(root)
      #expect(set.items.map(\.name) == ["a/deep/1.png", "b/1.png"])
      #expect(
        set.notes == [
          "skipped    links to a folder around them: 3 (a/deep/itself, a/deep/top, a/deep/up)"
        ])
    }
  }

  @Test("Folders nested without end are refused")
  func depth() throws {
    let deep = (0..<70).map { "\($0)" }.joined(separator: "/")
    try withFolder(["a/\(deep)/1.png": png]) { root in
      let error = inputError { _ = try ImageSet.open(root) }
      #expect(error?.reason == "its folders are nested more than 64 deep")
    }
  }

  @Test("A folder that cannot be read is an error, even if bad images are skipped")
  func unreadableFolder() throws {
    try withFolder(["a/1.png": png, "a/locked/2.png": png]) { root in
      let locked = root.appending(path: "a/locked").path
      chmod(locked, 0)
      defer { chmod(locked, 0o700) }
      guard opendir(locked) == nil else { return }  // The superuser reads every folder.
      let error = inputError { _ = try ImageSet.open(root, skipBadImages: true) }
      #expect(error?.kind == .missingInput && error?.place == locked)
    }
  }

  @Test("CIFAR-10's batches together with other images are refused")
  func batchesAndImages() throws {
    try withFolder(["test_batch.bin": Data(count: 3073), "1.png": png]) { root in
      let error = inputError { _ = try ImageSet.open(root) }
      #expect(error?.reason.contains("1 images or folders") == true)
    }
  }
}
