internal import Files
internal import Foundation

extension ImageFile {
  /// Decodes a BMP file to the pixels that Pillow makes of it.
  ///
  /// - Throws: `badData` if the file is damaged, ends too early or has an unknown layout.
  static func decodeBMP(_ bytes: Data, name: String) throws(InputError) -> Image {
    var reader = ByteReader(bytes, name: name)
    let header = try BMPHeader(&reader)
    try checkExtent(width: header.width, height: header.height, name: name)
    reader.seek(to: header.offset)
    let rows =
      header.compression == .rle8 || header.compression == .rle4
      ? try RunLengths(header).indices(&reader) : nil
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * 3)
    let stride = ((header.width * header.bits + 31) >> 3) & ~3
    for row in 0..<header.height {
      let top = header.isTopDown ? row : header.height - 1 - row
      let out = top * header.width * 3
      if let rows {
        for x in 0..<header.width {
          let index = Int(rows[row * header.width + x])
          put(index, of: header.palette, at: out + 3 * x, in: &pixels)
        }
      } else {
        // The padding of the last row may be missing.
        let line =
          row + 1 < header.height
          ? try reader.read(stride) : try reader.read((header.width * header.bits + 7) / 8)
        unpack(line, header, to: out, in: &pixels)
      }
    }
    return Image(width: header.width, height: header.height, pixels: pixels)
  }

  private static func put(
    _ index: Int, of palette: [UInt8], at place: Int, in pixels: inout [UInt8]
  ) {
    for channel in 0..<3 { pixels[place + channel] = palette[3 * index + channel] }
  }

  /// Writes the colours of a row of uncompressed pixels.
  private static func unpack(
    _ line: ArraySlice<UInt8>, _ header: BMPHeader, to out: Int, in pixels: inout [UInt8]
  ) {
    let start = line.startIndex
    switch header.layout {
    case .index(let bits):
      for x in 0..<header.width {
        let byte = line[start + x * bits / 8]
        let index = (Int(byte) >> (8 - bits - x * bits % 8)) & ((1 << bits) - 1)
        put(index, of: header.palette, at: out + 3 * x, in: &pixels)
      }
    case .packed(let greenBits):
      let largestGreen = (1 << greenBits) - 1
      for x in 0..<header.width {
        let value = Int(line[start + 2 * x]) | Int(line[start + 2 * x + 1]) << 8
        pixels[out + 3 * x] = UInt8(((value >> (5 + greenBits)) & 31) * 255 / 31)
        pixels[out + 3 * x + 1] = UInt8(((value >> 5) & largestGreen) * 255 / largestGreen)
        pixels[out + 3 * x + 2] = UInt8((value & 31) * 255 / 31)
      }
    case .bytes(let count, let red, let green, let blue):
      for x in 0..<header.width {
        let pixel = start + count * x
        pixels[out + 3 * x] = line[pixel + red]
        pixels[out + 3 * x + 1] = line[pixel + green]
        pixels[out + 3 * x + 2] = line[pixel + blue]
      }
    }
  }
}

/// The run lengths of a compressed BMP file, decoded as Pillow decodes them.
private struct RunLengths {
  private let width: Int
  private let count: Int
  private let isRLE4: Bool
  private var indices: [UInt8] = []
  private var x = 0

  init(_ header: BMPHeader) {
    width = header.width
    count = header.width * header.height
    isRLE4 = header.compression == .rle4
  }

  /// Returns the indices of all pixels in the file's order of rows.
  ///
  /// - Throws: `badData` if the file ends or says it ends before the last pixel.
  consuming func indices(_ reader: inout ByteReader) throws(InputError) -> [UInt8] {
    while indices.count < count, let length = reader.next(), let value = reader.next() {
      if length > 0 {
        addRun(Int(length), of: value)
      } else if try !addEscape(value, &reader) {
        break
      }
    }
    guard indices.count >= count else {
      throw ImageFile.unreadable(
        reader.name, "its run lengths give \(indices.count) of \(count) pixels")
    }
    return indices
  }

  private mutating func addRun(_ length: Int, of value: UInt8) {
    let length = min(length, max(0, width - x))
    for index in 0..<length {
      indices.append(!isRLE4 ? value : index % 2 == 0 ? value >> 4 : value & 15)
    }
    x += length
  }

  /// Adds the pixels of an escape code; returns false if the code ends the image.
  private mutating func addEscape(
    _ code: UInt8, _ reader: inout ByteReader
  ) throws(InputError) -> Bool {
    switch code {
    case 0:
      let rest = (width - indices.count % width) % width
      indices += repeatElement(0, count: rest)
      x = 0
    case 1: return false
    case 2:
      guard let right = reader.next(), let up = reader.next() else { return false }
      let skipped = min(count - indices.count, Int(right) + Int(up) * width)
      indices += repeatElement(0, count: skipped)
      x = indices.count % width
    default:
      let length = min(count - indices.count, Int(code))
      let wanted = isRLE4 ? (length + 1) / 2 : length
      let bytes = reader.readAtMost(wanted)
      for (place, byte) in bytes.enumerated() {
        indices.append(isRLE4 ? byte >> 4 : byte)
        if isRLE4, place * 2 + 1 < length { indices.append(byte & 15) }
      }
      guard bytes.count == wanted, indices.count < count else { return false }
      x += Int(code)
      if reader.position % 2 != 0 { _ = reader.next() }
    }
    return true
  }
}
