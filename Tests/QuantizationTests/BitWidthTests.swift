import Foundation
import Quantization
import Testing

@Suite struct BitWidthTests {
  @Test("Widths run from 2 to 8 bits")
  func range() {
    #expect(BitWidth.all.map(\.bits) == [2, 3, 4, 5, 6, 7, 8])
    #expect([0, 1, 9].map { BitWidth($0) } == [nil, nil, nil])
    #expect(BitWidth.all.map(\.levels) == [4, 8, 16, 32, 64, 128, 256])
    #expect(BitWidth.all.map { $0.wider?.bits } == [3, 4, 5, 6, 7, 8, nil])
  }

  @Test("A width is a plain integer in JSON; numbers outside its range are refused")
  func coding() throws {
    #expect(try JSONEncoder().encode([3, 8] as [BitWidth]) == Data("[3,8]".utf8))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([BitWidth].self, from: Data("[1]".utf8))
    }
  }
}
