import Files
import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite("The legacy container")
struct PyTorchLegacyTests {
  /// A legacy file with one tensor of two floats, with faults that the tests choose.
  private func file(
    version: Int = 1001, isLittleEndian: Bool = true, keys: [String] = ["0"], count: Int = 2
  ) -> Data {
    var bytes = Data([0x80, 2, 0x8A, 10])
    bytes += [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    var rest = PickleWriter()
    rest.integer(version)
    rest.raw(".")
    rest.raw(0x80, 2)
    rest.raw("}")
    rest.text("little_endian")
    rest.raw(isLittleEndian ? 0x88 : 0x89)
    rest.raw("s.")
    let weights = dictionaryPickle { $0.tensor(sizes: [2], strides: [1], count: 2) }
    var list = PickleWriter()
    list.raw("](")
    keys.forEach { list.text($0) }
    list.raw("e.")
    var storage = Data()
    withUnsafeBytes(of: Int64(count).littleEndian) { storage += $0 }
    [Float]([1.5, -2]).withUnsafeBytes { storage += $0 }
    return bytes + Data(".".utf8) + rest.bytes + weights + list.bytes + storage
  }

  @Test("the storages after the list of keys are read")
  func valid() throws {
    let read = try readCheckpoint(file())
    #expect(read.format == "PyTorch legacy")
    #expect(read.stateDict["w"] == Tensor(shape: [2], scalars: [1.5, -2]))
  }

  @Test("other versions, byte orders, counts and keys are refused")
  func refused() throws {
    #expect(try readingError(file(version: 1000)).reason.contains("only 1001 is read"))
    #expect(try readingError(file(isLittleEndian: false)).reason.contains("little-endian"))
    #expect(try readingError(file(count: 3)).reason.contains("cut off"))
    #expect(try readingError(file(count: -1)).reason.contains("a length of -1"))
    #expect(try readingError(file(count: .max)).reason.contains("cut off"))
    #expect(try readingError(file(keys: ["7"])).reason.contains("no tensor uses it"))
    #expect(try readingError(file(keys: [])).reason.contains("is not in the file"))
  }

  @Test("a pickle that torch.save did not write is refused")
  func otherPickle() throws {
    #expect(try readingError(dictionaryPickle { $0.raw("N") }).reason.contains("magic number"))
  }
}
