import Foundation

/// Assembles pickles from their instructions.
struct PickleWriter {
  private(set) var bytes = Data([0x80, 2])

  mutating func raw(_ more: UInt8...) { bytes += more }
  mutating func raw(_ text: String) { bytes += text.utf8 }

  mutating func text(_ text: String) {
    raw("X")
    number(UInt32(text.utf8.count))
    raw(text)
  }

  mutating func integer(_ value: Int) {
    if let small = Int32(exactly: value) {
      raw("J")
      number(small)
    } else {
      raw(0x8A, 8)
      number(Int64(value))
    }
  }

  mutating func global(_ module: String, _ name: String) { raw("c\(module)\n\(name)\n") }

  mutating func tuple(_ values: [Int]) {
    raw("(")
    values.forEach { integer($0) }
    raw("t")
  }

  /// A tensor as `_rebuild_tensor_v2` makes it from a storage.
  mutating func tensor(
    storage: String = "0", type: String = "FloatStorage", offset: Int = 0, sizes: [Int],
    strides: [Int], count: Int = 4
  ) {
    global("torch._utils", "_rebuild_tensor_v2")
    raw("((")
    text("storage")
    global("torch", type)
    text(storage)
    text("cpu")
    integer(count)
    raw("tQ")
    integer(offset)
    tuple(sizes)
    tuple(strides)
    raw(0x89)
    global("collections", "OrderedDict")
    raw(")RtR")
  }

  mutating func number(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}

/// The pickle of a dictionary with the one entry that `value` writes.
func dictionaryPickle(_ key: String = "w", value: (inout PickleWriter) -> Void) -> Data {
  var pickle = PickleWriter()
  pickle.raw("}(")
  pickle.text(key)
  value(&pickle)
  pickle.raw("u.")
  return pickle.bytes
}

/// A zip archive of stored entries, with faults that the tests choose.
func zipArchive(
  _ entries: [(name: String, contents: Data)], method: UInt16 = 0, flags: UInt16 = 0,
  checksum: UInt32 = 0, statedByteCount: Int? = nil
) -> Data {
  var archive = LittleEndianBytes()
  var directory = LittleEndianBytes()
  for (name, contents) in entries {
    let offset = UInt32(archive.bytes.count)
    let fixed: [any FixedWidthInteger] = [
      UInt16(20), flags, method, UInt16(0), UInt16(0), checksum, UInt32(contents.count),
      UInt32(statedByteCount ?? contents.count), UInt16(name.utf8.count), UInt16(0),
    ]
    archive.append([UInt32(0x0403_4B50)] + fixed)
    archive.bytes += name.utf8
    archive.bytes += contents
    directory.append([UInt32(0x0201_4B50), UInt16(20)] + fixed)
    directory.append([UInt16(0), UInt16(0), UInt16(0), UInt32(0), offset])
    directory.bytes += name.utf8
  }
  let start = UInt32(archive.bytes.count)
  archive.bytes += directory.bytes
  archive.append([
    UInt32(0x0605_4B50), UInt16(0), UInt16(0), UInt16(entries.count), UInt16(entries.count),
    UInt32(directory.bytes.count), start, UInt16(0),
  ])
  return archive.bytes
}

/// A checkpoint in the zip container with one storage, of zeros unless given.
func torchArchive(_ pickle: Data, storage: Data = Data(count: 16)) -> Data {
  zipArchive([("a/data.pkl", pickle), ("a/data/0", storage), ("a/byteorder", Data("little".utf8))])
}

private struct LittleEndianBytes {
  var bytes = Data()

  mutating func append(_ numbers: [any FixedWidthInteger]) {
    for number in numbers { append(number) }
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }
}
