import Datasets
import Foundation
import Testing

@Suite("Thumbnails")
struct ThumbnailTests {
  @Test("A thumbnail is a PNG file of the middle square, never larger than the image")
  func sizes() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "thumbnails-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try Shapes.write(count: 10, seed: 1, to: folder)
    let images = try ImageSet.open(folder)
    let (original, item) = (try images.load(images.items[0]), images.items[0])
    let same = try ImageFile.decode(images.thumbnail(of: item, side: 96), name: "same")
    #expect(same == original)
    let small = try ImageFile.decode(images.thumbnail(of: item, side: 16), name: "small")
    #expect(small.width == 16 && small.height == 16)
  }
}
