import Execution
import Foundation
import Testing

@testable import Datasets

@Suite("Encoding PNG")
struct PNGEncodingTests {
  @Test(
    "A picture of any extent decodes to the same bytes",
    arguments: [(1, 1), (1, 7), (13, 2), (33, 31)])
  func roundTrip(width: Int, height: Int) throws {
    var generator = SplitMix64(seed: 3)
    let pixels = (0..<width * height * 3).map { _ in UInt8(generator.index(below: 256)) }
    let image = Image(width: width, height: height, pixels: pixels)
    #expect(try ImageFile.decode(encodePNG(image), name: "memory") == image)
  }
}
