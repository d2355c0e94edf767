import Files
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct QuantizedTensorTests {
  @Test("The value of a code is (code − zero point) · scale with its channel's grid")
  func dequantized() {
    let tensor = QuantizedTensor(
      shape: [2, 2, 1, 1], codes: [0, 3, 1, 2],
      grids: [
        UniformAffine(scale: 0.5, zeroPoint: 1, bitWidth: 2),
        UniformAffine(scale: 2, zeroPoint: 2, bitWidth: 2),
      ], granularity: .perChannel)
    #expect(tensor.dequantized() == Tensor(shape: [2, 2, 1, 1], scalars: [-0.5, 1, -2, 0]))
  }

  @Test("The payload is the packed codes, four bytes per scale and one byte per zero point")
  func payload() {
    let weight = randomTensor([5, 3, 3, 3], seed: 1)
    let perChannel = WeightQuantizer.brecq.quantize(weight, bitWidth: 3)
    #expect(perChannel.payloadBytes == 51 + 5 * 5)  // 135 codes of 3 bits are 50.6 bytes
    #expect(perChannel.packedCodes.count == 51)
    let perTensor = WeightQuantizer.mixQuantPaper.quantize(weight, bitWidth: 3)
    #expect(perTensor.payloadBytes == 51 + 5)
  }

  @Test("A tensor survives being stored in parts", arguments: BitWidth.all)
  func roundTrip(bitWidth: BitWidth) throws {
    let tensor = WeightQuantizer.brecq.quantize(
      randomTensor([4, 3, 3, 3], seed: 2), bitWidth: bitWidth)
    let read = try QuantizedTensor(
      shape: tensor.shape, packedCodes: tensor.packedCodes, scales: tensor.grids.map(\.scale),
      zeroPoints: tensor.grids.map { UInt8($0.zeroPoint) }, bitWidth: bitWidth,
      granularity: .perChannel, at: "fc")
    #expect(read == tensor)
  }

  @Test("Parts that do not fit together are refused")
  func corrupted() {
    func read(
      codes: [UInt8] = [0b11_10_01_00], scales: [Float] = [1, 1], zeroPoints: [UInt8] = [0, 3]
    ) throws {
      _ = try QuantizedTensor(
        shape: [2, 2, 1, 1], packedCodes: codes, scales: scales, zeroPoints: zeroPoints,
        bitWidth: 2, granularity: .perChannel, at: "fc")
    }
    #expect(throws: Never.self) { try read() }
    #expect(throws: InputError.self) { try read(codes: [0, 0]) }
    #expect(throws: InputError.self) { try read(codes: []) }
    #expect(throws: InputError.self) { try read(scales: [1]) }
    #expect(throws: InputError.self) { try read(scales: [1, -1]) }
    #expect(throws: InputError.self) { try read(scales: [1, .infinity]) }
    #expect(throws: InputError.self) { try read(zeroPoints: [0, 4]) }
    #expect(throws: InputError.self) { try read(zeroPoints: []) }
  }
}
