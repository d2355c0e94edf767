import Files
import Foundation
import Testing

@testable import Checkpoints

@Suite("Zip archives")
struct ZipTests {
  @Test("entries are listed in order and their contents are slices of the file")
  func contents() throws {
    let zip = try Zip(
      zipArchive([("a", Data([1, 2])), ("../../b", Data()), ("c", Data([3]))]), place: "x")
    #expect(zip.entries.map(\.name) == ["a", "../../b", "c"])
    #expect(try zip.entries.map { Array(try zip.contents(of: $0)) } == [[1, 2], [], [3]])
  }

  @Test("compressed and encrypted entries are refused, but only when they are wanted")
  func compressed() throws {
    let compressed = try Zip(zipArchive([("a", Data([1]))], method: 8), place: "x")
    let error = try #require(throws: InputError.self) {
      try compressed.contents(of: compressed.entries[0])
    }
    #expect(error.place == "x: a")
    #expect(error.reason.contains("compressed (method 8)"))
    let encrypted = try Zip(zipArchive([("a", Data([1]))], flags: 1), place: "x")
    #expect(throws: InputError.self) { try encrypted.contents(of: encrypted.entries[0]) }
  }

  @Test("an entry compressed by deflate is decompressed where its reader allows it")
  func inflated() throws {
    let zip = try Zip(deflatedArchive(), place: "x")
    let entry = zip.entries[0]
    #expect(try Array(zip.inflatedContents(of: entry)) == Array(repeating: 0x61, count: 100))
    let error = try #require(throws: InputError.self) { try zip.contents(of: entry) }
    #expect(error.reason.contains("compressed (method 8)"))
  }

  @Test("a stored entry is not decompressed")
  func stored() throws {
    let zip = try Zip(zipArchive([("a", Data([1, 2]))]), place: "x")
    #expect(try Array(zip.inflatedContents(of: zip.entries[0])) == [1, 2])
  }

  @Test(
    "a compressed entry is refused if its bytes, its length or its checksum are wrong",
    arguments: [
      deflatedArchive(byteCount: 99), deflatedArchive(byteCount: 101), deflatedArchive(checksum: 1),
      deflatedArchive(stream: [0x4B, 0x4C, 0xA4, 0x3D, 0x00]), deflatedArchive(stream: []),
      deflatedArchive(stream: [0xFF, 0xFF]),
    ])
  func damaged(archive: Data) throws {
    let zip = try Zip(archive, place: "x")
    let error = try #require(throws: InputError.self) {
      try zip.inflatedContents(of: zip.entries[0])
    }
    #expect(error.place == "x: a" && error.reason == "the compressed zip entry is damaged")
  }

  @Test("a stored entry that states two lengths is refused")
  func lengths() throws {
    let zip = try Zip(
      zipArchive([("a", Data([1, 2]))], statedByteCount: 3), place: "x")
    #expect(throws: InputError.self) { try zip.contents(of: zip.entries[0]) }
  }

  @Test("two entries of one name are refused, since readers differ in which they take")
  func duplicates() {
    #expect(throws: InputError.self) {
      try Zip(zipArchive([("a", Data([1])), ("a", Data([2]))]), place: "x")
    }
  }

  @Test("64-bit sizes in an extra field and a zip64 directory are read")
  func wide() throws {
    let zip = try Zip(zip64Archive, place: "x")
    #expect(zip.entries.map(\.byteCount) == [3])
    #expect(try Array(zip.contents(of: zip.entries[0])) == [7, 8, 9])
  }

  /// An archive of one entry: its sizes and offset, and the directory's count and offset, are the
  /// markers for "see the 64-bit field".
  private var zip64Archive: Data {
    let local: [UInt8] =
      [0x50, 0x4B, 3, 4, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      + [UInt8](repeating: 0xFF, count: 8) + [1, 0, 0, 0, 0x61, 7, 8, 9]
    let extra = [1, 0, 24, 0] + wide(3) + wide(3) + wide(0)
    let central: [UInt8] =
      [0x50, 0x4B, 1, 2, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      + [UInt8](repeating: 0xFF, count: 8) + [1, 0, UInt8(extra.count), 0, 0, 0]
      + [UInt8](repeating: 0, count: 8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x61] + extra
    let start = local.count
    let record: [UInt8] =
      [0x50, 0x4B, 6, 6] + wide(44) + [45, 0, 45, 0] + [UInt8](repeating: 0, count: 8)
      + wide(1) + wide(1) + wide(central.count) + wide(start)
    let locator: [UInt8] =
      [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + wide(start + central.count) + [1, 0, 0, 0]
    let end: [UInt8] =
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 12) + [0, 0]
    return Data(local + central + record + locator + end)
  }

  private func wide(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(value).littleEndian) { Array($0) }
  }
}

/// An archive whose entry a holds a hundred letters a, compressed by zlib.
private func deflatedArchive(
  stream: [UInt8] = [0x4B, 0x4C, 0xA4, 0x3D, 0x00, 0x00], byteCount: Int = 100,
  checksum: UInt32 = 0xAF70_7A64
) -> Data {
  zipArchive(
    [("a", Data(stream))], method: 8, checksum: checksum, statedByteCount: byteCount)
}
