internal import Files
internal import Foundation

/// The description of one tensor in a safetensors header.
struct SafetensorsRecord {
  let name: String
  let elementType: ElementType
  let sizes: [Int]
  /// The tensor's bytes, counted from the end of the header.
  let range: Range<Int>
}

/// The header of a safetensors file.
///
/// The reader accepts only the JSON that the format allows: an object of objects with "dtype",
/// "shape" and "data_offsets", and "__metadata__" with texts. A general JSON reader would silently
/// keep one of two equal keys.
struct SafetensorsHeader {
  private(set) var records: [SafetensorsRecord] = []
  private(set) var metadata: [String: String] = [:]
  private var json: ByteReader
  private var next: UInt8?

  init(_ bytes: Data, place: String) throws(InputError) {
    json = ByteReader(bytes, place: "\(place): header")
    try advance()
    try readObject(as: "the header") { (header, name) throws(InputError) in
      if name == "__metadata__" {
        try header.readMetadata()
      } else {
        header.records.append(try header.readRecord(name))
      }
    }
    try skipSpace()
    guard next == nil else { throw unexpected("the end") }
  }

  private mutating func readMetadata() throws(InputError) {
    try readObject(as: "__metadata__") { (header, key) throws(InputError) in
      header.metadata[key] = try header.readText()
    }
  }

  private mutating func readRecord(_ name: String) throws(InputError) -> SafetensorsRecord {
    var tag: String?
    var sizes: [Int]?
    var offsets: [Int]?
    try readObject(as: name) { (header, key) throws(InputError) in
      switch key {
      case "dtype": tag = try header.readText()
      case "shape": sizes = try header.readIntegers()
      case "data_offsets": offsets = try header.readIntegers()
      default: throw header.json.malformed("'\(name)' has the unknown key '\(key)'")
      }
    }
    guard let tag, let sizes, let offsets, offsets.count == 2 else {
      throw json.malformed("'\(name)' lacks its dtype, its shape or its two data_offsets")
    }
    guard let elementType = ElementType(safetensorsTag: tag) else {
      throw json.malformed("'\(name)' has the element type \(tag), which is not supported")
    }
    guard offsets[0] <= offsets[1] else {
      throw json.malformed("'\(name)' ends at byte \(offsets[1]), before its start \(offsets[0])")
    }
    return SafetensorsRecord(
      name: name, elementType: elementType, sizes: sizes, range: offsets[0]..<offsets[1])
  }
}

extension SafetensorsHeader {
  /// Reads `{"key": value, …}`; `readValue` receives each key and reads the value after it.
  private mutating func readObject(
    as name: String, readValue: (inout Self, String) throws(InputError) -> Void
  ) throws(InputError) {
    try expect("{")
    if try accept("}") { return }
    var keys: Set<String> = []
    repeat {
      let key = try readText()
      guard keys.insert(key).inserted else {
        throw json.malformed("\(name) has the key '\(key)' twice")
      }
      try expect(":")
      try readValue(&self, key)
    } while try accept(",")
    try expect("}")
  }

  private mutating func readIntegers() throws(InputError) -> [Int] {
    try expect("[")
    if try accept("]") { return [] }
    var integers: [Int] = []
    repeat { integers.append(try readInteger()) } while try accept(",")
    try expect("]")
    return integers
  }

  private mutating func readInteger() throws(InputError) -> Int {
    try skipSpace()
    var digits = ""
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      digits.unicodeScalars.append(Unicode.Scalar(byte))
      try advance()
    }
    guard let integer = Int(digits), digits.count == 1 || !digits.hasPrefix("0") else {
      throw unexpected("a whole number below 2⁶³")
    }
    return integer
  }

  private mutating func readText() throws(InputError) -> String {
    try expect("\"")
    var raw: [UInt8] = []
    var isEscaped = false
    while let byte = next, isEscaped || byte != UInt8(ascii: "\"") {
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      raw.append(byte)
      try advance()
    }
    try expect("\"")
    // Plain text, which nearly every name is, needs no JSON decoder.
    if raw.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) {
      return String(decoding: raw, as: UTF8.self)
    }
    let quoted = Data([UInt8(ascii: "\"")] + raw + [UInt8(ascii: "\"")])
    guard let text = try? JSONDecoder().decode(String.self, from: quoted) else {
      throw json.malformed("the text before byte \(json.position) is not valid JSON")
    }
    return text
  }

  private mutating func advance() throws(InputError) {
    next = json.remaining > 0 ? try json.integer(UInt8.self) : nil
  }

  private mutating func skipSpace() throws(InputError) {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { try advance() }
  }

  /// Takes `character` if it comes next; returns true if it did.
  private mutating func accept(_ character: Unicode.Scalar) throws(InputError) -> Bool {
    try skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    try advance()
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(InputError) {
    guard try accept(character) else { throw unexpected("'\(character)'") }
  }

  private func unexpected(_ expected: String) -> InputError {
    let found = next.map { "byte \(json.position - 1) is 0x" + String($0, radix: 16) } ?? "it ends"
    return json.malformed("the JSON should have \(expected), but \(found)")
  }
}
