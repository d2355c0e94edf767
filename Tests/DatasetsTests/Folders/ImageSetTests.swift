import Datasets
import Files
import Foundation
import TestSupport
import Testing

@Suite("Listing the images of a folder")
struct ImageSetTests {
  let png: Data

  init() throws { png = try fixture("rgb.png") }

  @Test("A folder per class: classes and images in byte order, at any depth")
  func imageFolder() throws {
    let files = [
      "b/2.PNG": png, "b/10.png": png, "b/notes.txt": png, "B/x.jpeg": png,
      "a/deep/er/1.JPEG": png, "a/deep-er/1.png": png, "a/z.png": png, "a/.hidden.png": png,
      ".cache/x.png": png, "labels.txt": png,
    ]
    try withFolder(files) { root in
      let set = try ImageSet.open(root)
      #expect(set.layout == "ImageFolder")
      #expect(set.classNames == ["B", "a", "b"])
      // In torchvision's order, the files of a folder come before those of its folders.
      #expect(
        set.items.map(\.name) == [
          "B/x.jpeg", "a/z.png", "a/deep-er/1.png", "a/deep/er/1.JPEG", "b/10.png", "b/2.PNG",
        ])
      #expect(set.items.map(\.label) == [0, 1, 1, 1, 2, 2])
      #expect(set.manifest.hasPrefix("B/x.jpeg\t0\t\(png.count)\na/z.png\t1\t"))
      #expect(try set.load(set.items[5]) == ppm("rgb.png.ppm"))
      #expect(set.notes == ["skipped    hidden: 2; known not to be images: 2 (.txt)"])
    }
  }

  @Test("Linked files and folders are followed")
  func symbolicLinks() throws {
    try withFolder(["elsewhere/a/1.png": png, "set/b/1.png": png]) { root in
      let manager = FileManager.default
      try manager.createSymbolicLink(
        at: root.appending(path: "set/a"), withDestinationURL: root.appending(path: "elsewhere/a"))
      try manager.createSymbolicLink(
        at: root.appending(path: "set/b/2.png"),
        withDestinationURL: root.appending(path: "elsewhere/a/1.png"))
      let set = try ImageSet.open(root.appending(path: "set"))
      #expect(set.items.map(\.name) == ["a/1.png", "b/1.png", "b/2.png"])
      let facts = set.items.map { set.facts(of: $0) }
      #expect(facts[0]?.byteCount == png.count && facts[0] == facts[2] && facts[0] != facts[1])
    }
  }

  @Test("A name that is not UTF-8 is an error; the image is not left out")
  func foreignNames() throws {
    try withFolder(["a/1.png": png]) { root in
      let path = Array(root.appending(path: "a").path.utf8) + Array("/".utf8) + [0xFF, 0]
      let descriptor = open(path.map { CChar(bitPattern: $0) }, O_CREAT | O_WRONLY, 0o600)
      try #require(descriptor >= 0)
      close(descriptor)
      let error = inputError { _ = try ImageSet.open(root) }
      #expect(error?.kind == .badData && error?.reason.contains("UTF-8") == true)
    }
  }

  @Test("Images without folders are unlabelled")
  func flatFolder() throws {
    try withFolder(["2.png": png, "1.png": png]) { root in
      let set = try ImageSet.open(root, purpose: .calibration)
      #expect(set.layout == "flat folder" && set.classNames.isEmpty)
      #expect(
        set.items.map(\.name) == ["1.png", "2.png"] && set.items.allSatisfy { $0.label == nil })
    }
  }

  @Test("A folder that cannot be listed is refused with its path and a reason")
  func refusals() throws {
    func error(_ files: [String: Data], at path: String = "") throws -> InputError? {
      var error: InputError?
      try withFolder(files) { root in
        error = inputError { _ = try ImageSet.open(root.appending(path: path)) }
      }
      return error
    }
    #expect(try error([:], at: "absent")?.kind == .missingInput)
    #expect(
      try error(["file": png], at: "file")?.reason
        == "it is not a folder that can be read (Not a directory)")
    #expect(try error(["readme.txt": png])?.reason.hasPrefix("it holds neither") == true)
    #expect(try error(["a/1.png": png, "b/x.txt": png])?.place.hasSuffix("/b") == true)
    #expect(
      try error(["readme.txt": png])?.reason.hasSuffix(
        "(skipped: known not to be images: 1 (.txt))") == true)
    #expect(
      try error(["a/1.png": png, "1.png": png])?.reason.hasPrefix("it holds 1 folders and also")
        == true)
    #expect(
      try error(["train/a/1.png": png, "val/a/1.png": png])?.reason
        == "its folders are splits, not classes: train, val")
  }

  @Test("A manifest has a dash for the size of a file that is gone")
  func manifestOfMissingFiles() throws {
    try withFolder(["1.png": png]) { root in
      let set = try ImageSet.open(root)
      try FileManager.default.removeItem(at: root.appending(path: "1.png"))
      #expect(set.manifest == "1.png\t-\t-\n" && set.facts(of: set.items[0]) == nil)
    }
  }

  @Test("A limit takes images from all over the list")
  func limit() throws {
    let names = (0..<10).flatMap { label in (0..<7).map { "\(label)/\($0).png" } }
    try withFolder(Dictionary(uniqueKeysWithValues: names.map { ($0, Data()) })) { root in
      let set = try ImageSet.open(root)
      #expect(set.limited(to: 10).items.map(\.label) == (0..<10).map { $0 })
      #expect(set.limited(to: 4).items.map(\.name) == ["0/0.png", "2/3.png", "5/0.png", "7/3.png"])
      #expect(set.limited(to: 100).items == set.items)
    }
  }

  @Test("A draw depends on its seed alone, and a longer draw begins with a shorter one")
  func draw() throws {
    let names = (0..<40).map { "\($0).png" }
    try withFolder(Dictionary(uniqueKeysWithValues: names.map { ($0, Data()) })) { root in
      let set = try ImageSet.open(root)
      let drawn = set.drawing(12, seed: 3)
      #expect(drawn.items == set.drawing(12, seed: 3).items)
      #expect(drawn.items != set.drawing(12, seed: 4).items)
      #expect(Array(set.drawing(20, seed: 3).items.prefix(12)) == drawn.items)
      #expect(Set(set.drawing(99, seed: 3).items.map(\.name)) == Set(names))
    }
  }

  @Test(
    "The counts of the photographs in shared are those of their README", .needsSharedFiles)
  func sharedSets() throws {
    let evaluation = try ImageSet.open(SharedFiles.url("data/imagenette/evaluation"))
    #expect(evaluation.items.count == 1966 && evaluation.classNames.count == 10)
    let calibration = try ImageSet.open(
      SharedFiles.url("data/cifar10/calibration"), purpose: .calibration)
    #expect(calibration.items.count == 4120 && calibration.classNames.first == "airplane")
  }
}
