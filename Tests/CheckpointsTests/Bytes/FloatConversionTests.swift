import Foundation
import Testing

@testable import Checkpoints

@Suite("Conversion to Float")
struct FloatConversionTests {
  @Test("every half-precision number has its value")
  func float16() {
    for bits in UInt16.min...UInt16.max {
      let value = Float(float16Bits: bits)
      let expected = Float(Float16(bitPattern: bits))
      #expect(value.isNaN == expected.isNaN)
      guard !expected.isNaN else { continue }
      #expect(value.bitPattern == expected.bitPattern)
    }
  }

  @Test("layouts gather every order of axes as indexing does")
  func layouts() {
    let storage = (0..<60).map(Float.init).withUnsafeBytes { Data($0) }
    for (sizes, strides) in [
      ([3, 4, 5], [20, 5, 1]), ([5, 4, 3], [1, 5, 20]), ([4, 3, 5], [5, 20, 1]),
      ([2, 1, 3], [7, 99, 2]), ([2, 2, 2], [0, 3, 0]), ([], []), ([1, 1], [50, 50]),
    ] {
      let layout = StridedLayout(
        elementType: .float32, offset: 0, sizes: sizes, strides: strides)
      var expected: [Float] = [0]
      for (size, stride) in zip(sizes, strides) {
        expected = expected.flatMap { base in (0..<size).map { base + Float($0 * stride) } }
      }
      #expect(layout.floats(from: storage, count: expected.count) == expected, "\(sizes)")
    }
  }

  @Test("data at odd addresses is read")
  func unaligned() {
    for type in ElementType.allCases {
      let storage = Data(repeating: 0, count: 1 + 3 * type.byteCount).dropFirst()
      let layout = StridedLayout(contiguous: [3], elementType: type)
      #expect(layout.floats(from: storage, count: 3) == [0, 0, 0])
    }
  }
}
