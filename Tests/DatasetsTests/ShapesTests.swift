import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Shapes")
struct ShapesTests {
  private func temporaryFolder() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "shapes-\(UUID().uuidString)")
  }

  @Test("Labels take turns through the ten classes")
  func labels() {
    #expect(Shapes.classNames.count == 10)
    let labels = (0..<20).map { Shapes.image(seed: 5, index: $0).label }
    #expect(labels == Array(0..<10) + Array(0..<10))
  }

  @Test("A picture depends on its seed and index alone, and on both")
  func determinism() {
    let picture = Shapes.image(seed: 5, index: 30).image
    #expect(picture == Shapes.image(seed: 5, index: 30).image)
    #expect(picture != Shapes.image(seed: 6, index: 30).image)
    #expect(picture != Shapes.image(seed: 5, index: 40).image)
    #expect(picture.width == 32 && picture.height == 32)
  }

  @Test("The first 200 pictures of seed 2 are, to the byte, those that the model was tested on")
  func pinned() {
    // FNV-1a over all bytes. If it changes, Models/resnet20-shapes must be trained again.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 0..<200 {
      for byte in Shapes.image(seed: 2, index: index).image.pixels {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    #expect(hash == 0x66A9_501F_110A_DFEE)
  }

  @Test("A set is written as a folder of PNG files per class that decode to the same pictures")
  func writing() throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Shapes.write(count: 21, seed: 9, to: folder)
    let classes = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(classes) == Set(Shapes.classNames))
    let circles = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "circle").path)
    #expect(circles.sorted() == ["00000.png", "00010.png", "00020.png"])
    let file = folder.appending(path: "square/00011.png")
    let decoded = try ImageFile.decode(Data(contentsOf: file), name: file.path)
    #expect(decoded == Shapes.image(seed: 9, index: 11).image)
  }

  @Test("A folder that holds something is not written into")
  func refusal() throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Shapes.write(count: 1, seed: 9, to: folder)
    #expect {
      try Shapes.write(count: 1, seed: 9, to: folder)
    } throws: {
      ($0 as? InputError)?.kind == .cannotWrite
    }
  }

  @Test("A place that cannot be written is an error that names it")
  func unwritable() throws {
    let file = temporaryFolder()
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    #expect {
      try Shapes.write(count: 1, seed: 9, to: file.appending(path: "below"))
    } throws: {
      ($0 as? InputError)?.place.contains(file.lastPathComponent) == true
    }
  }
}
