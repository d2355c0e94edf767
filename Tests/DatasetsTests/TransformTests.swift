import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Resize, centre crop, normalise")
struct TransformTests {
  @Test("Resizing gives Pillow's pixels", arguments: Interpolation.allCases)
  func resizingMatchesPillow(filter: Interpolation) throws {
    let image = try ppm("rgb.png.ppm")
    for (width, height) in [(18, 14), (91, 71), (37, 14), (5, 29)] {
      let resized = image.resized(
        width: width, height: height, rows: 0..<height, columns: 0..<width, filter)
      #expect(try resized == ppm("rgb.\(filter.rawValue)-\(width)x\(height).ppm"))
    }
  }

  @Test("Resizing only the crop gives the same pixels as cropping the resized image")
  func croppingCommutes() throws {
    let image = try ppm("rgb.png.ppm")
    let whole = image.resized(width: 91, height: 71, rows: 0..<71, columns: 0..<91, .bicubic)
    let part = image.resized(width: 91, height: 71, rows: 20..<50, columns: 31..<33, .bicubic)
    #expect(part == whole.part(rows: 20..<50, columns: 31..<33))
  }

  @Test("The golden photographs resize and crop to torchvision's pixels", .needsSharedFiles)
  func goldenTransformsMatch() throws {
    let expected = try goldenImages()
    var compared = 0
    for (key, image) in expected where !key.hasSuffix(".decoded") {
      let isBicubic = key.hasSuffix(".bicubic_resize236_crop224")
      let suffix = isBicubic ? ".bicubic_resize236_crop224" : ".resize256_crop224"
      let source = try #require(expected[key.replacingOccurrences(of: suffix, with: ".decoded")])
      let transform =
        isBicubic
        ? Transform(resize: 236, crop: 224, interpolation: .bicubic) : Transform.torchvision
      let isSame = transform.pixels(of: source) == image
      #expect(isSame, "\(key)")
      compared += 1
    }
    #expect(compared == 24)
  }

  @Test("The crop's offset is rounded half to even, as Python rounds")
  func cropOffsets() {
    #expect(CropSpan(keeping: 224, of: 225).kept == 0..<224)
    #expect(CropSpan(keeping: 224, of: 227).kept == 2..<226)
    #expect(CropSpan(keeping: 224, of: 229).kept == 2..<226)
    #expect(CropSpan(keeping: nil, of: 229).kept == 0..<229)
  }

  @Test("An image smaller than the crop is padded with black")
  func smallImagesArePadded() {
    let padded = Transform(resize: nil, crop: 4).pixels(of: plain(1, 5))
    let column: [UInt8] = [0, 1, 0, 0].flatMap { [UInt8](repeating: $0 * 255, count: 3) }
    #expect(padded == Image(width: 4, height: 4, pixels: column + column + column + column))
  }

  @Test("The long side is truncated and the short side exact")
  func sizes() {
    let resized = Transform(resize: 256, crop: nil)
    #expect(resized.outputSize(of: plain(500, 375)) == (height: 256, width: 341))
    #expect(resized.outputSize(of: plain(333, 500)) == (height: 384, width: 256))
    #expect(Transform.torchvision.outputSize(of: plain(500, 375)) == (height: 224, width: 224))
    #expect(Transform.cifar.outputSize(of: plain(7, 5)) == (height: 5, width: 7))
  }

  @Test("Normalised values are stored by channel and follow torchvision's float arithmetic")
  func normalisation() {
    let image = Image(width: 2, height: 1, pixels: [0, 128, 255, 51, 102, 204])
    var output = [Float](repeating: .nan, count: 6)
    output.withUnsafeMutableBufferPointer { Transform.cifar(image, into: $0) }
    // (torch.tensor([0., 51, 128, 102, 255, 204]) / 255 - mean) / std
    let expected: [Float] = [
      -2.117904, -1.2445415, 0.2051822, -0.25, 2.64, 1.7511111,
    ]
    #expect(zip(output, expected).allSatisfy { abs($0 - $1) < 2e-6 }, "\(output)")
  }

  @Test("The description states every choice")
  func description() {
    #expect(
      Transform.torchvision.description
        == "resize 256 bilinear, centre crop 224, mean 0.485 0.456 0.406, std 0.229 0.224 0.225")
    #expect(Transform.cifar.description.hasPrefix("no resize, no crop, mean 0.485"))
  }
}
