internal import Files
internal import Foundation

/// The headers and the palette of a BMP file, read as Pillow reads them.
struct BMPHeader {
  enum Compression: Int {
    case none = 0
    case rle8 = 1
    case rle4 = 2
    case bitFields = 3
  }

  /// The order of a pixel's bytes, or the widths of its fields.
  enum Layout: Equatable {
    /// An index of 1, 4 or 8 bits.
    case index(bits: Int)
    /// 16 bits, with 5 or 6 bits of green.
    case packed(greenBits: Int)
    /// Whole bytes: the number of bytes, and the places of red, green and blue.
    case bytes(count: Int, red: Int, green: Int, blue: Int)
  }

  let width: Int
  let height: Int
  /// True if the first row of the file is the top of the image.
  let isTopDown: Bool
  let bits: Int
  let compression: Compression
  let layout: Layout
  /// Red, green and blue of each index, one after the other; empty without a palette.
  let palette: [UInt8]
  /// The place of the pixels in the file.
  let offset: Int

  /// Reads the headers; throws `badData` if they are damaged or of a kind that Pillow refuses too.
  init(_ reader: inout ByteReader) throws(InputError) {
    let name = reader.name
    reader.seek(to: 10)
    let offset = try reader.readUInt32()
    let size = try reader.readUInt32()
    guard [12, 40, 52, 56, 64, 108, 124].contains(size) else {
      throw ImageFile.unreadable(name, "its header has \(size) bytes, which is not supported")
    }
    var fields = try Fields(&reader, size: size)
    guard let compression = Compression(rawValue: fields.compression) else {
      throw ImageFile.unreadable(
        name, "its compression \(fields.compression) is not supported")
    }
    let masks = compression == .bitFields ? try Self.masks(&reader, size: size) : nil
    reader.seek(to: size == 40 && masks != nil ? 66 : 14 + size)
    width = fields.width
    height = fields.height
    isTopDown = fields.isTopDown
    bits = fields.bits
    self.compression = compression
    guard let layout = Self.layout(bits: bits, masks: masks) else {
      let kind = masks == nil ? "\(bits) bits per pixel" : "bit fields"
      throw ImageFile.unreadable(name, "its layout of \(kind) is not supported")
    }
    self.layout = layout
    guard compression != .rle8 || bits == 8, compression != .rle4 || bits == 4 else {
      throw ImageFile.unreadable(name, "its run lengths do not fit \(bits) bits per pixel")
    }
    if fields.colours == 0, bits <= 8 { fields.colours = 1 << bits }
    palette = bits <= 8 ? try Self.palette(&reader, fields, size: size) : []
    let isAtHeader = offset == 14 + size && bits <= 8
    let start = isAtHeader ? offset + fields.colours * (size == 12 ? 3 : 4) : offset
    self.offset = start == 0 ? reader.position : start
  }

  /// The fields of the header that follows the file's header.
  private struct Fields {
    var width: Int
    var height: Int
    var isTopDown = false
    var bits: Int
    var compression = 0
    var colours = 0

    init(_ reader: inout ByteReader, size: Int) throws(InputError) {
      if size == 12 {
        width = try reader.readUInt16()
        height = try reader.readUInt16()
        _ = try reader.readUInt16()
        bits = try reader.readUInt16()
        return
      }
      width = try reader.readUInt32()
      height = try reader.readUInt32()
      if height >= 0xFF00_0000 {
        isTopDown = true
        height = 0x1_0000_0000 - height
      }
      _ = try reader.readUInt16()
      bits = try reader.readUInt16()
      compression = try reader.readUInt32()
      _ = try reader.read(12)
      colours = try reader.readUInt32()
    }
  }

  /// Returns the masks of red, green, blue and alpha.
  private static func masks(
    _ reader: inout ByteReader, size: Int
  ) throws(InputError) -> [Int] {
    reader.seek(to: 54)
    var masks: [Int] = []
    for _ in 0..<(size >= 56 ? 4 : 3) { masks.append(try reader.readUInt32()) }
    return masks.count == 4 ? masks : masks + [0]
  }

  /// Returns the layout of pixels, or nil if Pillow does not know it either.
  private static func layout(bits: Int, masks: [Int]?) -> Layout? {
    guard let masks else {
      return switch bits {
      case 1, 4, 8: .index(bits: bits)
      case 16: .packed(greenBits: 5)
      case 24: .bytes(count: 3, red: 2, green: 1, blue: 0)
      case 32: .bytes(count: 4, red: 2, green: 1, blue: 0)
      default: nil
      }
    }
    switch (bits, masks[0], masks[1], masks[2], masks[3]) {
    case (16, 0xF800, 0x7E0, 0x1F, _): return .packed(greenBits: 6)
    case (16, 0x7C00, 0x3E0, 0x1F, _): return .packed(greenBits: 5)
    case (24, 0xFF0000, 0xFF00, 0xFF, _): return .bytes(count: 3, red: 2, green: 1, blue: 0)
    case (32, 0xFF0000, 0xFF00, 0xFF, 0), (32, 0xFF0000, 0xFF00, 0xFF, 0xFF00_0000),
      (32, 0, 0, 0, 0):
      return .bytes(count: 4, red: 2, green: 1, blue: 0)
    case (32, 0xFF00_0000, 0xFF0000, 0xFF00, 0), (32, 0xFF00_0000, 0xFF0000, 0xFF00, 0xFF):
      return .bytes(count: 4, red: 3, green: 2, blue: 1)
    case (32, 0xFF00_0000, 0xFF00, 0xFF, 0), (32, 0xFF00_0000, 0xFF00, 0xFF, 0xFF0000):
      return .bytes(count: 4, red: 3, green: 1, blue: 0)
    case (32, 0xFF, 0xFF00, 0xFF0000, 0xFF00_0000):
      return .bytes(count: 4, red: 0, green: 1, blue: 2)
    default: return nil
    }
  }

  private static func palette(
    _ reader: inout ByteReader, _ fields: Fields, size: Int
  ) throws(InputError) -> [UInt8] {
    guard fields.colours <= 65536 else {
      throw ImageFile.unreadable(
        reader.name, "its palette has \(fields.colours) colours, over the limit of 65536")
    }
    let bytes = size == 12 ? 3 : 4
    let part = Array(reader.readAtMost(bytes * fields.colours))
    let count = min(part.count / bytes, 1 << fields.bits)
    // An index beyond the palette is black.
    var colours = [UInt8](repeating: 0, count: 3 << fields.bits)
    for index in 0..<count {
      for channel in 0..<3 { colours[3 * index + channel] = part[bytes * index + 2 - channel] }
    }
    return colours
  }
}
