import Testing

@testable import Datasets

@Suite("The kind of a file by its name")
struct FileNameKindTests {
  @Test(
    "torchvision's extensions are images, whatever their case",
    arguments: [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"])
  func torchvision(suffix: String) {
    #expect(FileNameKind(name: "a.b\(suffix)") == .image)
    #expect(FileNameKind(name: "A\(suffix.uppercased())") == .image)
    #expect(FileNameKind.withoutImageExtension(Substring("a.b\(suffix)")) == "a.b")
  }

  @Test("Other names are other files, images that are not read, or unknown")
  func others() {
    #expect(FileNameKind(name: "val.txt") == .other(".txt"))
    #expect(FileNameKind(name: "Thumbs.db") == .other("Thumbs.db"))
    #expect(FileNameKind(name: "1.jpg.bak") == .other(".bak"))
    #expect(FileNameKind(name: "1.GIF") == .unreadImage(".gif"))
    #expect(FileNameKind(name: "00001") == .unknown && FileNameKind(name: "1.") == .unknown)
    #expect(FileNameKind.withoutImageExtension("v1.5") == "v1.5")
    #expect(!FileNameKind.hasImageExtension("v1.5") && FileNameKind.hasImageExtension("1.heic"))
  }
}
