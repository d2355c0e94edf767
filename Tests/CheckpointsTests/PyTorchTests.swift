import Files
import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite("Tensors of PyTorch checkpoints")
struct PyTorchTests {
  /// Four floats: 1, 2, 3, 4.
  private let storage = [Float]([1, 2, 3, 4]).withUnsafeBytes { Data($0) }

  @Test("a transposed view from an offset on is made contiguous")
  func transposed() throws {
    let pickle = dictionaryPickle { $0.tensor(sizes: [2, 2], strides: [1, 2]) }
    #expect(
      try readCheckpoint(torchArchive(pickle, storage: storage)).stateDict["w"]
        == Tensor(shape: [2, 2], scalars: [1, 3, 2, 4]))
    let tail = dictionaryPickle { $0.tensor(offset: 2, sizes: [2], strides: [1]) }
    #expect(
      try readCheckpoint(torchArchive(tail, storage: storage)).stateDict["w"]
        == Tensor(shape: [2], scalars: [3, 4]))
  }

  @Test("a tensor without scalars is read, whatever its strides")
  func noScalars() throws {
    let pickle = dictionaryPickle { $0.tensor(sizes: [0, 3], strides: [.max, .max]) }
    #expect(
      try readCheckpoint(torchArchive(pickle)).stateDict["w"]
        == Tensor(shape: [0, 3], scalars: []))
  }

  @Test(
    "views outside their storage, or too large to count, are refused by name",
    arguments: [
      (0, [5], [1], "needs 20 bytes of storage '0', which holds 16"),
      (4, [1], [1], "needs 20 bytes of storage '0', which holds 16"),
      (0, [2, 2], [3, 1], "needs 20 bytes"), (-1, [1], [1], "negative"), (0, [-1], [1], "negative"),
      (0, [2], [-1], "negative"), (.max, [2], [1], "overflow"), (0, [2], [.max], "overflow"),
      (0, [.max, .max], [0, 0], "unfold"), (0, [3], [.max], "overflow"),
      (0, [.max, .max, 0], [1, 1, 1], "unfold"), (0, [1, 2], [1], "malformed"),
    ])
  func outside(offset: Int, sizes: [Int], strides: [Int], reason: String) throws {
    let pickle = dictionaryPickle {
      $0.tensor(offset: offset, sizes: sizes, strides: strides)
    }
    let error = try readingError(torchArchive(pickle))
    #expect(error.place.hasSuffix(": w"))
    #expect(error.reason.contains(reason), "\(error)")
  }

  @Test("storages that are missing or hold other things than numbers are refused")
  func storages() throws {
    let missing = dictionaryPickle { $0.tensor(storage: "9", sizes: [1], strides: [1]) }
    #expect(try readingError(torchArchive(missing)).reason.contains("'9' is not in the file"))
    let complex = dictionaryPickle {
      $0.tensor(type: "ComplexFloatStorage", sizes: [1], strides: [1])
    }
    #expect(try readingError(torchArchive(complex)).reason.contains("torch.ComplexFloatStorage"))
  }

  @Test("tensors that are not dense are refused by the function that would make them")
  func quantized() throws {
    let pickle = dictionaryPickle {
      $0.global("torch._utils", "_rebuild_qtensor")
      $0.raw(")R")
    }
    #expect(try readingError(torchArchive(pickle)).reason.contains("_rebuild_qtensor"))
  }

  @Test("archives that PyTorch did not write, or wrote on a big-endian machine, are refused")
  func archives() throws {
    let other = zipArchive([("word/document.xml", Data())])
    #expect(try readingError(other).reason.contains("0 entries called data.pkl"))
    let pickle = dictionaryPickle { $0.tensor(sizes: [4], strides: [1]) }
    let big = zipArchive([
      ("a/data.pkl", pickle), ("a/data/0", storage), ("a/byteorder", Data("big".utf8)),
    ])
    #expect(try readingError(big).reason.contains("byte order is 'big'"))
  }

  @Test("globals that are not known stay inert and are named once, in order")
  func inertGlobals() throws {
    let pickle = dictionaryPickle {
      $0.tensor(sizes: [4], strides: [1])
      for name in ["b", "a", "b"] {
        $0.text("extra " + name)
        $0.global("evil", name)
        $0.raw(")R")
      }
    }
    let file = try readCheckpoint(torchArchive(pickle, storage: storage))
    #expect(file.inertGlobals == ["evil.b", "evil.a"])
    #expect(file.stateDict.names == ["w"])
    #expect(file.notes == ["left out these members, which are not tensors: extra b, extra a"])
  }
}
