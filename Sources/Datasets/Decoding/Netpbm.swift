internal import Files
internal import Foundation

extension ImageFile {
  /// Decodes a PBM, PGM or PPM file, with plain or binary samples.
  ///
  /// Samples are scaled to 8 bits as Pillow scales them. Grey of more than 8 bits gives its high
  /// byte, as in PNG and TIFF files.
  ///
  /// - Throws: `badData` if the header or a sample is wrong or the file ends too early.
  static func decodeNetpbm(_ bytes: Data, name: String) throws(InputError) -> Image {
    var reader = NetpbmReader(bytes, name: name)
    let header = try reader.readHeader()
    try checkExtent(width: header.width, height: header.height, name: name)
    let count = header.width * header.height * header.channels
    let samples: [UInt8] =
      switch (header.isBitmap, header.isPlain) {
      case (true, true): try reader.readPlainBits(count)
      case (true, false): try reader.readBits(header)
      case (false, true): try reader.readPlainSamples(count, header)
      case (false, false): try reader.readSamples(count, header)
      }
    if header.channels == 3 {
      return Image(width: header.width, height: header.height, pixels: samples)
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * samples.count)
    for sample in samples { pixels += repeatElement(sample, count: 3) }
    return Image(width: header.width, height: header.height, pixels: pixels)
  }
}

/// A reader of the parts of a Netpbm file.
private struct NetpbmReader {
  struct Header {
    let isBitmap: Bool
    let isPlain: Bool
    let channels: Int
    let width: Int
    let height: Int
    /// The value of white.
    let largest: Int

    /// Returns a sample in 8 bits.
    ///
    /// Pillow scales grey of more than 8 bits to 16 bits. Its high byte is kept.
    func scaled(_ value: Int) -> UInt8 {
      let isWideGrey = channels == 1 && largest > 255
      let most = isWideGrey ? 65535 : 255
      let scaled = Double(value) / Double(largest) * Double(most)
      let rounded = min(most, Int(scaled.rounded(.toNearestOrEven)))
      return UInt8(isWideGrey ? rounded >> 8 : rounded)
    }
  }

  /// The longest number in a file.
  private static let longestToken = 10

  private var reader: ByteReader

  init(_ bytes: Data, name: String) { reader = ByteReader(bytes, name: name) }

  private func refused(_ reason: String) -> InputError {
    ImageFile.unreadable(reader.name, reason)
  }

  mutating func readHeader() throws(InputError) -> Header {
    let magic = Array(try reader.read(3))
    let kind = Int(magic[1]) - 0x30
    let isBitmap = kind == 1 || kind == 4
    let width = try readNumber()
    let height = try readNumber()
    let largest = isBitmap ? 1 : try readNumber()
    guard (1...65535).contains(largest) else {
      throw refused("its largest sample is \(largest), not in 1...65535")
    }
    return Header(
      isBitmap: isBitmap, isPlain: kind <= 3, channels: kind == 3 || kind == 6 ? 3 : 1,
      width: width, height: height, largest: largest)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

  private mutating func skipComment() {
    while let byte = reader.next(), byte != 0x0A, byte != 0x0D {}
  }

  /// Returns the next number and skips the byte after it.
  private mutating func readNumber() throws(InputError) -> Int {
    var digits = 0
    var value = 0
    while let byte = reader.next() {
      if byte == 0x23 {
        skipComment()
      } else if Self.isSpace(byte) {
        if digits > 0 { return value }
      } else {
        guard (0x30...0x39).contains(byte), digits < Self.longestToken else {
          throw refused("a number in it is damaged")
        }
        value = 10 * value + Int(byte) - 0x30
        digits += 1
      }
    }
    guard digits > 0 else { throw refused("the file ends too early") }
    return value
  }

  mutating func readPlainBits(_ count: Int) throws(InputError) -> [UInt8] {
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    while samples.count < count {
      guard let byte = reader.next() else { throw refused("the file ends too early") }
      switch byte {
      case 0x23: skipComment()
      case 0x30: samples.append(255)
      case 0x31: samples.append(0)
      case _ where Self.isSpace(byte): continue
      default: throw refused("a bit in it is damaged")
      }
    }
    return samples
  }

  mutating func readBits(_ header: Header) throws(InputError) -> [UInt8] {
    var samples: [UInt8] = []
    samples.reserveCapacity(header.width * header.height)
    for _ in 0..<header.height {
      let line = try reader.read((header.width + 7) / 8)
      for x in 0..<header.width {
        let bit = line[line.startIndex + x / 8] >> UInt8(7 - x % 8) & 1
        samples.append(bit == 0 ? 255 : 0)
      }
    }
    return samples
  }

  mutating func readPlainSamples(_ count: Int, _ header: Header) throws(InputError) -> [UInt8] {
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for _ in 0..<count {
      let value = try readNumber()
      guard value <= header.largest else {
        throw refused("the sample \(value) is over \(header.largest)")
      }
      samples.append(header.scaled(value))
    }
    return samples
  }

  mutating func readSamples(_ count: Int, _ header: Header) throws(InputError) -> [UInt8] {
    guard header.largest > 255 else {
      let line = try reader.read(count)
      if header.largest == 255 { return Array(line) }
      let table = (0...255).map { header.scaled($0) }
      return line.map { table[Int($0)] }
    }
    let line = try reader.read(2 * count)
    return (0..<count).map { index in
      let place = line.startIndex + 2 * index
      return header.scaled(Int(line[place]) << 8 | Int(line[place + 1]))
    }
  }
}
