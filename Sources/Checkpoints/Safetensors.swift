package import Files
package import Foundation
package import Tensors

/// A tensor of a safetensors file with its raw bytes.
package struct SafetensorsEntry: Equatable, Sendable {
  package let name: String
  package let elementType: ElementType
  package let shape: Shape
  /// The scalars, row-major and little-endian; this is a slice, so its first index need not be 0.
  package let data: Data

  package init(name: String, elementType: ElementType, shape: Shape, data: Data) {
    precondition(
      data.count == shape.count * elementType.byteCount,
      "\(data.count) bytes for \(shape) of \(elementType)")
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.data = data
  }

  /// Creates a tensor of float32.
  package init(name: String, shape: Shape, float32 scalars: [Float]) {
    self.init(
      name: name, elementType: .float32, shape: shape, littleEndian: scalars.map(\.bitPattern))
  }

  /// Creates a tensor of float16; each scalar is rounded to the nearest one, ties to even.
  package init(name: String, shape: Shape, float16 scalars: [Float]) {
    self.init(
      name: name, elementType: .float16, shape: shape,
      littleEndian: scalars.map { Float16($0).bitPattern })
  }

  /// Creates a tensor of bytes.
  package init(name: String, shape: Shape, uint8 scalars: [UInt8]) {
    self.init(name: name, elementType: .uint8, shape: shape, data: Data(scalars))
  }

  private init<Bits: FixedWidthInteger>(
    name: String, elementType: ElementType, shape: Shape, littleEndian bits: [Bits]
  ) {
    let data = bits.map(\.littleEndian).withUnsafeBytes { Data($0) }
    self.init(name: name, elementType: elementType, shape: shape, data: data)
  }

  /// The tensor with its scalars converted to `Float`.
  package var tensor: Tensor {
    let layout = StridedLayout(contiguous: shape.dimensions, elementType: elementType)
    return Tensor(shape: shape, scalars: layout.floats(from: data, count: shape.count))
  }
}

/// A safetensors file: a JSON header, then the bytes of all tensors without gaps.
///
/// Source: the README of the safetensors project, section "Format".
package struct SafetensorsFile: Equatable, Sendable {
  /// The limit on the header's length in bytes, the same as in the reference implementation.
  private static let maximumHeaderLength = 100_000_000
  private static let maximumRank = 64

  /// The tensors in the order of their bytes.
  package let entries: [SafetensorsEntry]
  /// The texts under `__metadata__`, by key.
  package let metadata: [String: String]

  package init(entries: [SafetensorsEntry], metadata: [String: String] = [:]) {
    precondition(
      Set(entries.map(\.name)).count == entries.count, "two entries have the same name")
    self.entries = entries
    self.metadata = metadata
  }

  /// The entry called `name`, if there is one.
  package subscript(name: String) -> SafetensorsEntry? { entries.first { $0.name == name } }

  /// Returns true if the first bytes of the file at `url` can be those of a safetensors file.
  package static func isPlausible(at url: URL) -> Bool {
    // The length of the header comes before it.
    (try? InputFile.prefix(of: url, count: 9).last) == UInt8(ascii: "{")
  }

  /// Opens the file at `url`; its tensors are slices of its bytes.
  ///
  /// - Throws: `missingInput` if the file cannot be opened, `badData` if its header is malformed in
  ///   any way.
  package static func read(_ url: URL) throws(InputError) -> SafetensorsFile {
    try SafetensorsFile(InputFile.read(url), place: url.relativePath)
  }

  /// Parses the bytes of a file that error messages call `place`.
  ///
  /// - Throws: `badData` if the header is malformed in any way.
  package init(_ bytes: Data, place: String) throws(InputError) {
    var reader = ByteReader(bytes, place: place)
    let declared = try reader.integer(UInt64.self)
    guard declared <= min(Self.maximumHeaderLength, reader.remaining) else {
      throw reader.malformed(
        "its header should have \(declared) bytes, but \(reader.remaining) are left in the file"
          + " and the limit is \(Self.maximumHeaderLength)")
    }
    let header = try SafetensorsHeader(try reader.take(Int(declared)), place: place)
    let body = try reader.take(reader.remaining)
    entries = try Self.entries(header.records, in: body, place: place)
    metadata = header.metadata
  }

  /// Returns the entries in the order of their bytes, which must fill `body` without gaps.
  private static func entries(
    _ records: [SafetensorsRecord], in body: Data, place: String
  ) throws(InputError) -> [SafetensorsEntry] {
    var end = 0
    var entries: [SafetensorsEntry] = []
    for record in records.sorted(by: { $0.range.isBefore($1.range) }) {
      let place = "\(place): \(record.name)"
      let layout = StridedLayout(contiguous: record.sizes, elementType: record.elementType)
      guard record.sizes.count <= Self.maximumRank, let needed = layout.contiguousByteCount else {
        throw .unreadable(place, because: "its shape \(record.sizes) is too large")
      }
      guard needed == record.range.count else {
        throw .unreadable(
          place,
          because: "its shape \(record.sizes) of \(record.elementType) needs \(needed) bytes, but"
            + " its data_offsets span \(record.range.count)")
      }
      guard record.range.lowerBound == end else {
        throw .unreadable(
          place,
          because: "it begins at byte \(record.range.lowerBound), but the tensor before it ends at"
            + " byte \(end): there is a gap or an overlap")
      }
      guard record.range.upperBound <= body.count else {
        throw .unreadable(
          place,
          because:
            "it ends at byte \(record.range.upperBound) of \(body.count): the file is cut off")
      }
      end = record.range.upperBound
      entries.append(
        SafetensorsEntry(
          name: record.name, elementType: record.elementType, shape: Shape(record.sizes),
          data: body[body.startIndex + record.range.lowerBound..<body.startIndex + end]))
    }
    guard end == body.count else {
      throw .unreadable(place, because: "\(body.count - end) bytes belong to no tensor")
    }
    return entries
  }
}

extension Range<Int> {
  /// Returns true if this range comes first in the order of starts and then of ends.
  fileprivate func isBefore(_ other: Self) -> Bool {
    (lowerBound, upperBound) < (other.lowerBound, other.upperBound)
  }
}

extension SafetensorsFile {
  /// Writes the file at `url`, whole or not at all; equal content gives equal bytes.
  ///
  /// The header lists the metadata by key and then the entries in their order. It is padded with
  /// spaces to a multiple of 8 bytes.
  package func write(to url: URL, overwriting: Bool) throws(InputError) {
    try AtomicFile.write(encoded, to: url, overwriting: overwriting)
  }

  /// The bytes of the file.
  package var encoded: Data {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.json):\($1.json)" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      let sizes = entry.shape.dimensions.map(String.init).joined(separator: ",")
      let end = offset + entry.data.count
      members.append(
        "\(entry.name.json):{\"dtype\":\"\(entry.elementType.safetensorsTag)\","
          + "\"shape\":[\(sizes)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Data("{\(members.joined(separator: ","))}".utf8)
    header.append(Data(repeating: UInt8(ascii: " "), count: -header.count & 7))

    var bytes = Data(capacity: 8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(header)
    for entry in entries { bytes.append(entry.data) }
    return bytes
  }
}

extension String {
  /// The text as a JSON string literal.
  fileprivate var json: String {
    var literal = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case "\0"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}
