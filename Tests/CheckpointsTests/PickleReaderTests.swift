import Files
import Foundation
import Testing

@testable import Checkpoints

@Suite("Reading pickles")
struct PickleReaderTests {
  private func read(_ build: (inout PickleWriter) -> Void) throws -> Pickle {
    var pickle = PickleWriter()
    build(&pickle)
    var reader = PickleReader(ByteReader(pickle.bytes, place: "test"))
    return try reader.read()
  }

  private func error(_ build: (inout PickleWriter) -> Void) throws -> InputError {
    try #require(throws: InputError.self) { try read(build) }
  }

  @Test("integers of one byte up to eight, and negative ones")
  func integers() throws {
    let pickle = try read {
      $0.raw("(K\u{7}M")
      $0.number(UInt16(65_535))
      $0.raw("J")
      $0.number(Int32(-5))
      $0.raw(0x8A, 0, 0x8A, 1, 0xFF, 0x8A, 3, 0, 0, 1)
      $0.integer(.min)
      $0.raw("t.")
    }
    #expect(pickle.integers(of: pickle.root) == [7, 65_535, -5, 0, -1, 65_536, .min])
  }

  @Test("floats are big-endian")
  func floats() throws {
    let pickle = try read { $0.raw(0x47, 0x40, 0x56, 0xD0, 0, 0, 0, 0, 0, 0x2E) }
    #expect(pickle.root == .real(91.25))
  }

  @Test("a list that is extended through the memo is one list")
  func aliases() throws {
    let pickle = try read {
      $0.raw("(]q\0h\0K\u{5}at.")
    }
    let items = try #require(pickle.items(of: pickle.root))
    #expect(items.count == 2 && items[0] == items[1])
    #expect(pickle.integers(of: items[0]) == [5])
  }

  @Test("a list that contains itself is read")
  func cycle() throws {
    let pickle = try read { $0.raw("]q\0h\0a.") }
    #expect(pickle.items(of: pickle.root) == [pickle.root])
  }

  @Test("calls are recorded, not made")
  func calls() throws {
    let pickle = try read {
      $0.global("posix", "system")
      $0.text("touch pwned-by-checkpoint")
      $0.raw(0x85, 0x52, 0x2E)
    }
    #expect(pickle.globals == ["posix.system"])
    guard case .call(let function, let arguments)? = pickle.node(pickle.root)?.kind else {
      Issue.record("the call is not recorded")
      return
    }
    #expect(function == .global("posix.system"))
    #expect(arguments == [.text("touch pwned-by-checkpoint")])
    #expect(!FileManager.default.fileExists(atPath: "pwned-by-checkpoint"))
  }

  @Test("a later value of the same key replaces the earlier one in its place")
  func duplicateKeys() throws {
    let pickle = try read {
      $0.raw("}(")
      for (key, value) in [("a", 1), ("b", 2), ("a", 3)] {
        $0.text(key)
        $0.integer(value)
      }
      $0.raw("u.")
    }
    let members = try #require(pickle.members(of: pickle.root))
    #expect(members.map(\.name) == ["a", "b"])
    #expect(members.map(\.value) == [.integer(3), .integer(2)])
  }

  @Test("an OrderedDict of Python 2, made from a list of pairs, has those pairs")
  func pairs() throws {
    let pickle = try read {
      $0.global("collections", "OrderedDict")
      $0.raw("](](")
      $0.text("a")
      $0.integer(1)
      $0.raw("ee")
      $0.raw(0x85, 0x52, 0x2E)
    }
    #expect(pickle.members(of: pickle.root)?.map(\.name) == ["a"])
  }

  @Test("a nest of half a million lists neither recurses nor takes long")
  func deepNest() throws {
    let depth = 500_000
    let pickle = try read {
      $0.raw(String(repeating: "]", count: depth) + String(repeating: "a", count: depth - 1) + ".")
    }
    #expect(pickle.nodes.count == depth)
  }

  @Test("more values than the limit are refused")
  func limit() throws {
    let error = try error {
      $0.raw(String(repeating: "(", count: PickleReader.maximumValues + 1))
    }
    #expect(error.reason == "the pickle makes more than 1000000 values")
  }

  @Test(
    "malformed pickles are refused",
    arguments: [
      (".", "takes a value that it never made"), ("a.", "takes a value that it never made"),
      ("]", "bytes are needed"), ("](.", "takes a value that it never made"),
      ("]t.", "a mark is missing"), ("h0.", "memo slot 48 is empty"),
      ("))b.", "added to a tuple"), ("NNb.", "a value that cannot have any"),
      ("NNR.", "a call has no arguments"), ("}(Nu.", "a key has no value"),
      ("cposix.", "has no end"), ("I1\n.", "opcode 0x49"), ("X1234", "bytes are needed"),
      ("T\u{7F}\u{7F}\u{7F}\u{7F}", "bytes are needed"),
    ])
  func malformed(instructions: String, reason: String) throws {
    let error = try error { $0.raw(instructions) }
    #expect(error.kind == .badData && error.reason.contains(reason), "\(error)")
  }
}
