import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Safetensors")
struct SafetensorsTests {
  private let file = SafetensorsFile(
    entries: [
      SafetensorsEntry(name: "z \"quoted\" \\ \u{1} ü", shape: [2, 2], float32: [1, -2, 0.5, 3]),
      SafetensorsEntry(name: "codes", shape: [3], uint8: [0, 7, 255]),
      SafetensorsEntry(name: "half", shape: [2], float16: [1 / 3, 2049]),
      SafetensorsEntry(name: "none", shape: [0, 3], float32: []),
    ], metadata: ["b": "2", "a": "line\nbreak"])

  /// A file with this header, byte for byte, and `body` zeros.
  private func bytes(_ header: String, body: Int = 8) -> Data {
    var bytes = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes += $0 }
    return bytes + Data(header.utf8) + Data(count: body)
  }

  @Test("what is written is read back, entries in their order")
  func roundTrip() throws {
    let read = try SafetensorsFile(file.encoded, place: "x")
    #expect(read == file)
    #expect(read["codes"].map { Array($0.data) } == [0, 7, 255])
    #expect(read["absent"] == nil)
  }

  @Test("the bytes are fixed: metadata by key, no spaces, padded to 8")
  func layout() {
    let file = SafetensorsFile(
      entries: [SafetensorsEntry(name: "w", shape: [2], float32: [1, 2])],
      metadata: ["b": "2", "a": "1"])
    let header =
      #"{"__metadata__":{"a":"1","b":"2"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let padded = header + String(repeating: " ", count: -header.utf8.count & 7)
    #expect(
      file.encoded == bytes(padded, body: 0) + Data([0, 0, 128, 63, 0, 0, 0, 64]))
  }

  @Test("files of the reference implementation are read, and written back to the same bytes")
  func reference() throws {
    let url = fixture("tiny.safetensors")
    #expect(try SafetensorsFile.read(url).encoded == Data(contentsOf: url))
  }

  @Test("float16 rounds to nearest, ties to even, and reads back exactly")
  func half() throws {
    let tensor = try #require(file["half"]).tensor
    #expect(tensor.scalars == [0.333251953125, 2048])
  }

  @Test("an existing file is overwritten only on request")
  func overwriting() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "a.safetensors")
      try file.write(to: url, overwriting: false)
      #expect(try SafetensorsFile.read(url) == file)
      let error = #expect(throws: InputError.self) { try file.write(to: url, overwriting: false) }
      #expect(error?.kind == .cannotWrite)
      try file.write(to: url, overwriting: true)
    }
  }

  @Test("spaces, any order of keys and escapes in the header are accepted")
  func lenient() throws {
    let header =
      #" { "\u0061" : {"data_offsets":[0, 8],"dtype":"F64" ,"shape":[ ]} , "#
      + #""__metadata__": {} }  "#
    let read = try SafetensorsFile(bytes(header), place: "x")
    #expect(read["a"]?.tensor == Tensor(shape: [], scalars: [0]))
  }

  @Test(
    "malformed headers are refused",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, "needs 4 bytes"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#, "a gap or an overlap"),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, "cut off"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "4 bytes belong to no tensor"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "before its start"),
      (#"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, "F31, which is not supported"),
      (#"{"a":{"dtype":"F32","shape":[2]}}"#, "lacks"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, "unknown key 'x'"),
      (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "a whole number"),
      (#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, "']'"),
      (#"{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#, "a whole number"),
      (#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}"#, "whole"),
      (
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "too large"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#,
        "too large"
      ),
      (#"{"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"a":{}}"#, "key 'a' twice"),
      (#"{"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}} x"#, "the end"),
      (#"{"__metadata__":{"a":1}}"#, "'\"'"), (#"{"a"#, "'\"'"), (#"{"\x":{}}"#, "not valid JSON"),
      (#"[]"#, "'{'"), ("{", "'\"'"), ("", "'{'"),
    ])
  func malformed(header: String, reason: String) throws {
    let error = try #require(throws: InputError.self) {
      try SafetensorsFile(bytes(header), place: "x")
    }
    #expect(error.kind == .badData && error.reason.contains(reason), "\(error)")
  }
}
