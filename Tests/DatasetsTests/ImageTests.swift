import Datasets
import Execution
import Files
import Foundation
import TestSupport
import Testing

@Suite("Decoding image files")
struct ImageTests {
  static let fixtures = [
    "420.jpg", "422.jpg", "444.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png",
    "named-jpeg-holds-png.jpg", "palette.png", "bilevel.png", "rgba.png", "grey-alpha.png",
    "interlaced.png", "rgb16-gamma.png", "small.png",
  ]

  @Test("Every kind of file decodes to Pillow's pixels", arguments: fixtures)
  func fixturesMatchPillow(name: String) throws {
    #expect(try ImageFile.decode(fixture(name), name: name) == ppm(name + ".ppm"))
  }

  @Test("The golden photographs decode to Pillow's pixels", .needsSharedFiles)
  func goldenFilesMatchPillow() throws {
    let expected = try goldenImages().filter { $0.key.hasSuffix(".decoded") }
    #expect(expected.count == 22)
    for (key, image) in expected {
      let name = String(key.dropLast(".decoded".count))
      let bytes = try Data(contentsOf: SharedFiles.url("golden/images/\(name)"))
      let isSame = try ImageFile.decode(bytes, name: name) == image
      #expect(isSame, "\(name)")
    }
  }

  @Test("The golden bad files are refused by name", .needsSharedFiles)
  func goldenBadFilesAreRefused() throws {
    for name in ["bad_empty.jpg", "bad_header_only.png", "bad_text.jpg", "bad_truncated.jpg"] {
      let bytes = try Data(contentsOf: SharedFiles.url("golden/images/\(name)"))
      let error = inputError { _ = try ImageFile.decode(bytes, name: name) }
      #expect(
        error?.kind == .badData && error?.place == name, "\(name): \(String(describing: error))")
    }
  }

  @Test(
    "A file that is cut anywhere before its last bytes is refused",
    arguments: ["420.jpg", "progressive.jpg", "grey.jpg", "rgb.png", "interlaced.png"])
  func cutFilesAreRefused(name: String) throws {
    let bytes = try fixture(name)
    // The last 16 bytes of a PNG are a checksum and an empty chunk, which decoders may ignore.
    for count in stride(from: 0, to: bytes.count - 16, by: 7) {
      let error = inputError { _ = try ImageFile.decode(bytes.prefix(count), name: name) }
      #expect(error?.place == name, "\(count) of \(bytes.count) bytes")
    }
  }

  @Test("Bytes behind the image do not matter", arguments: ["420.jpg", "cmyk.jpg", "rgb.png"])
  func trailingBytesAreIgnored(name: String) throws {
    let bytes = try fixture(name)
    let image = try ImageFile.decode(bytes + Data("trailing".utf8), name: name)
    #expect(try image == ImageFile.decode(bytes, name: name))
  }

  @Test("A slice of a larger buffer decodes like the file itself")
  func slicesDecode() throws {
    let bytes = try fixture("rgb.png")
    let slice = (Data([1, 2, 3]) + bytes).dropFirst(3)
    #expect(try ImageFile.decode(slice, name: "slice") == ppm("rgb.png.ppm"))
  }

  @Test("Extents beyond the limit are refused before memory is spent")
  func hugeExtentsAreRefused() throws {
    var bytes = try fixture("420.jpg")
    let frame = try #require(bytes.range(of: Data([0xFF, 0xC0])))
    bytes.replaceSubrange(frame.lowerBound + 5..<frame.lowerBound + 9, with: [0xF0, 0, 0xF0, 0])
    let error = inputError { _ = try ImageFile.decode(bytes, name: "huge.jpg") }
    #expect(error?.reason == "it claims 61440×61440 pixels, over the limit of 100000000")
  }

  @Test("The error says what a file that is no image begins with")
  func otherContentIsNamed() {
    let error = inputError { _ = try ImageFile.decode(Data("GIF89a".utf8), name: "a.png") }
    #expect(error?.reason == "it is a GIF image, which is not supported")
    let text = inputError { _ = try ImageFile.decode(Data("text".utf8), name: "a.png") }
    #expect(
      text?.reason == "it is none of JPEG, PNG, WebP, BMP, TIFF, PBM, PGM or PPM: it begins with "
        + "74 65 78 74")
  }

  @Test(
    "Damaged bytes give an image or an error, never a crash", arguments: ["420.jpg", "palette.png"])
  func damagedFilesAreSafe(name: String) throws {
    let original = try fixture(name)
    var generator = SplitMix64(seed: 7)
    for _ in 0..<300 {
      var bytes = original
      for _ in 0..<3 {
        bytes[generator.index(below: bytes.count)] = UInt8(generator.index(below: 256))
      }
      let error = inputError { _ = try ImageFile.decode(bytes, name: name) }
      #expect(error == nil || error?.place == name)
    }
  }
}
