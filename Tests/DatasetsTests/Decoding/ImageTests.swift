import Execution
import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Decoding image files")
struct ImageTests {
  /// Every image of the fixtures, whose pixels as Pillow reads them lie beside it as PPM.
  static let fixtures: [String] = {
    let folder = SharedFiles.projectRoot.appending(path: "Tests/DatasetsTests/Fixtures").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { names.contains($0 + ".ppm") }.sorted()
  }()

  @Test("Every kind of file decodes to Pillow's pixels", arguments: fixtures)
  func fixturesMatchPillow(name: String) throws {
    #expect(try ImageFile.decode(fixture(name), name: name) == ppm(name + ".ppm"))
  }

  @Test("There are fixtures of every format")
  func formats() throws {
    #expect(Self.fixtures.count == 75)
    let formats = try Self.fixtures.compactMap { ImageFormat(start: try fixture($0)) }
    #expect(formats.count == Self.fixtures.count && Set(formats) == Set(ImageFormat.allCases))
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
    arguments: [
      "420.jpg", "progressive.jpg", "grey.jpg", "restart.jpg", "rgb.png", "interlaced.png",
      "lossy.webp", "lossless.webp", "rgb24.bmp", "palette8.bmp", "raw.tif", "lzw.tif",
      "netpbm-binary.ppm", "netpbm-plain.ppm",
    ])
  func cutFilesAreRefused(name: String) throws {
    let bytes = try fixture(name)
    // The last 16 bytes of a PNG are a checksum and an empty chunk, which decoders may ignore. The
    // end of a TIFF file may hold tags that do not matter.
    let end = name.hasSuffix(".tif") ? bytes.count / 2 : bytes.count - 16
    for count in stride(from: 0, to: end, by: 7) {
      let error = inputError { _ = try ImageFile.decode(bytes.prefix(count), name: name) }
      #expect(error?.place == name, "\(count) of \(bytes.count) bytes")
    }
  }

  @Test(
    "Bytes after the image do not matter",
    arguments: [
      "420.jpg", "cmyk.jpg", "rgb.png", "lossy.webp", "lzw.tif", "rgb24.bmp", "netpbm-binary.ppm",
    ])
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

  @Test("Text that unpacks to gigabytes costs nothing")
  func textBomb() throws {
    let bytes = try fixture("text-bomb.png")
    let start = try #require(bytes.range(of: Data("zTXt".utf8))).lowerBound - 4
    let end = try #require(bytes.range(of: Data("IDAT".utf8))).lowerBound - 4
    var bomb = bytes[..<start]
    for _ in 0..<600 { bomb += bytes[start..<end] }
    bomb += bytes[end...]
    let (image, seconds) = try timed { try ImageFile.decode(bomb, name: "bomb.png") }
    #expect(try image == ppm("text-bomb.png.ppm") && seconds < 2)
  }

  @Test("A file is read by its content, whatever its name")
  func contentDecides() throws {
    try withFolder(["a.png": fixture("lossy.webp"), "b.tif": fixture("420.jpg")]) { root in
      let set = try ImageSet.open(root)
      #expect(try set.load(set.items[0]) == ppm("lossy.webp.ppm"))
      #expect(try set.load(set.items[1]) == ppm("420.jpg.ppm"))
    }
  }

  @Test("Images that cannot be decoded are refused with the true reason")
  func reasons() throws {
    func reason(_ bytes: Data) -> String? {
      inputError { _ = try ImageFile.decode(bytes, name: "image") }?.reason
    }
    var bmp = try fixture("rgb24.bmp")
    bmp[30] = 4
    #expect(reason(bmp) == "its compression 4 is not supported")
    bmp[30] = 0
    bmp[28] = 7
    #expect(reason(bmp) == "its layout of 7 bits per pixel is not supported")
    #expect(reason(Data("P6 1 1 0 ".utf8)) == "its largest sample is 0, not in 1...65535")
    #expect(reason(Data("P2 1 1 9 10 ".utf8)) == "the sample 10 is over 9")
    #expect(reason(Data("P6 99999 99999 255 ".utf8))?.hasPrefix("it claims 99999×99999") == true)
    var tiff = try fixture("raw.tif")
    let photometric = try #require(tiff.range(of: Data([6, 1, 3, 0, 1, 0, 0, 0, 2, 0])))
    tiff[photometric.lowerBound + 8] = 8
    #expect(reason(tiff) == "its colours are CIE L*a*b*, which is not supported")
    var jpeg = try fixture("444.jpg")
    let frame = try #require(jpeg.range(of: Data([0xFF, 0xC0])))
    jpeg[frame.lowerBound + 1] = 0xC3
    #expect(reason(jpeg)?.contains("Unsupported JPEG process") == true)
    var png = try fixture("rgb.png")
    png[30] ^= 1
    #expect(reason(png) == "IHDR: CRC error")
  }

  @Test(
    "Damaged bytes give an image or an error, never a crash",
    arguments: [
      "420.jpg", "restart.jpg", "palette.png", "lossy.webp", "lossless-alpha.webp",
      "animated.webp", "lzw.tif", "tiled.tif", "planar.tif", "ycbcr.tif", "rle8.bmp", "rle4.bmp",
      "rgba32-v5.bmp", "palette4.bmp", "netpbm-plain.pgm", "netpbm-1000.ppm",
    ])
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
