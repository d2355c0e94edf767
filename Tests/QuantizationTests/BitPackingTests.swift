import Execution
import Files
import Quantization
import Testing

@Suite struct BitPackingTests {
  @Test("Codes are packed little-endian, and zeros fill the last byte")
  func order() {
    // 101 · 011 · 110, least significant bit first: 1 0 1 | 1 1 0 | 0 1 1
    #expect(BitPacking.pack([5, 3, 6], bitWidth: 3) == [0b1001_1101, 0b1])
    #expect(BitPacking.pack([0xA, 0xB, 0xC], bitWidth: 4) == [0xBA, 0x0C])
    #expect(BitPacking.pack([1, 2, 255], bitWidth: 8) == [1, 2, 255])
  }

  @Test("Packing round-trips at every width and length", arguments: BitWidth.all)
  func roundTrip(bitWidth: BitWidth) throws {
    var generator = SplitMix64(seed: UInt64(bitWidth.bits))
    for count in Array(0...33) + [1000] {
      let codes = (0..<count).map { _ in UInt8(generator.index(below: bitWidth.levels)) }
      let bytes = BitPacking.pack(codes, bitWidth: bitWidth)
      let wholeBytes = (Double(count * bitWidth.bits) / 8).rounded(.up)
      #expect(bytes.count == Int(wholeBytes))
      #expect(bytes.count == BitPacking.byteCount(count: count, bitWidth: bitWidth))
      #expect(try BitPacking.unpack(bytes, bitWidth: bitWidth, count: count, at: "fc") == codes)
    }
  }

  @Test("Bytes of another length are refused with both lengths")
  func wrongLength() {
    let error = #expect(throws: InputError.self) {
      try BitPacking.unpack([0, 0, 0], bitWidth: 5, count: 3, at: "fc.codes")
    }
    #expect(
      error?.description
        == "cannot unpack the codes: fc.codes: 3 codes of 5 bits fill 2 bytes, not 3"
        + "; write the file again")
  }

  @Test("Bits after the last code must be zero")
  func strayBits() {
    #expect(throws: InputError.self) {
      try BitPacking.unpack([0b1000_0000], bitWidth: 3, count: 2, at: "fc.codes")
    }
  }
}
