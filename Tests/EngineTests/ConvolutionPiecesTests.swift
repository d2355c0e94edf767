import CKernels
import Execution
import Testing

@testable import Engine

@Suite("The pieces of a convolution")
struct ConvolutionPiecesTests {
  private static let shapes = [
    BlockedShape(channels: 16, height: 9, width: 7),
    BlockedShape(channels: 512, height: 3, width: 3),
    BlockedShape(channels: 256, height: 1, width: 1),
  ]

  @Test(
    "They cover every image, row and channel once", arguments: shapes, [1, 2, 3, 16])
  func cover(shape: BlockedShape, threads: Int) {
    for count in [1, 3, 4, 13, 70] {
      var covered: [[Int]] = []
      for (first, region) in shape.pieces(of: count, context: Context(threads: threads)) {
        for image in first..<first + Int(region.images) {
          for row in region.first_row..<region.end_row {
            // Kernels compute blocks of up to 64 channels.
            #expect(region.first_channel % 64 == 0)
            for block in stride(from: region.first_channel, to: region.end_channel, by: 64) {
              covered.append([image, Int(row), Int(block)])
            }
          }
        }
      }
      let all = count * shape.height * ((shape.channels + 63) / 64)
      #expect(covered.count == all && Set(covered).count == all, "\(count) images")
    }
  }

  @Test("One thread computes few images in one piece each")
  func oneThread() {
    let pieces = Self.shapes[1].pieces(of: 3, context: .serial)
    #expect(pieces.map(\.first) == [0, 1, 2])
  }
}
