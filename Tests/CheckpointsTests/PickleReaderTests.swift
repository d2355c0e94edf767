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
      ("cposix.", "has no end"), ("P1\n.", "opcode 0x50"), ("X1234", "bytes are needed"),
      ("T\u{7F}\u{7F}\u{7F}\u{7F}", "bytes are needed"),
    ])
  func malformed(instructions: String, reason: String) throws {
    let error = try error { $0.raw(instructions) }
    #expect(error.kind == .badData && error.reason.contains(reason), "\(error)")
  }
}

@Suite("Text forms of protocol 0, which Python 2 writes")
struct PickleTextTests {
  private func read(_ text: String) throws -> Pickle {
    var pickle = PickleWriter()
    pickle.raw(text)
    var reader = PickleReader(ByteReader(pickle.bytes, place: "test"))
    return try reader.read()
  }

  @Test("integers over 31 bits, long ones, flags and floats")
  func numbers() throws {
    let pickle = try read("(I5000000000\nI-7\nL9000000000L\nL12345\nt.")
    #expect(pickle.integers(of: pickle.root) == [5_000_000_000, -7, 9_000_000_000, 12_345])
    #expect(try read("I01\n.").root == .bool(true))
    #expect(try read("F2.5\n.").root == .real(2.5))
  }

  @Test("texts, and the memo by text")
  func texts() throws {
    #expect(try read("S'a b'\n.").root == .text("a b"))
    #expect(try read("Vab\n.").root == .text("ab"))
    let pickle = try read("(S'x'\np3\ng3\nt.")
    #expect(pickle.items(of: pickle.root) == [.text("x"), .text("x")])
  }

  @Test("an integer of more than 64 bits stays long; malformed ones are refused")
  func limits() throws {
    guard case .longInteger = try read("L123456789012345678901234567890L\n.").root else {
      Issue.record("not a long integer")
      return
    }
    for text in ["Ix\n.", "F\n.", "S'\n.", "gx\n.", "L1x\n."] {
      #expect(throws: InputError.self) { try read(text) }
    }
  }

  @Test("names of globals are limited, so that joining them cannot fill the memory")
  func globals() throws {
    let name = String(repeating: "a", count: 2000)
    let error = #expect(throws: InputError.self) { try read("c\(name)\n\(name)\n.") }
    #expect(error?.reason.contains("limit") == true)
  }
}
