/// A file format of images that can be read.
enum ImageFormat: String, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"
  case bmp = "BMP"
  case tiff = "TIFF"
  case netpbm = "PBM, PGM or PPM"

  /// Recognises a file by its first bytes; nil if it is none of the formats.
  ///
  /// - Parameter start: The first 16 bytes, or all if there are fewer.
  init?(start: some Collection<UInt8>) {
    let bytes = Array(start.prefix(16))
    func begins(_ prefix: [UInt8], at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: prefix)
    }
    if begins([0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if begins([0x89, 0x50, 0x4E, 0x47]) {
      self = .png
    } else if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) {
      self = .webp
    } else if Self.beginsAsBMP(bytes) {
      self = .bmp
    } else if Self.tiffSignatures.contains(where: { begins($0) }) {
      self = .tiff
    } else if bytes.count > 2, begins(Array("P".utf8)), (0x31...0x36).contains(bytes[1]),
      [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20].contains(bytes[2])
    {
      self = .netpbm
    } else {
      return nil
    }
  }

  /// The signatures of TIFF and BigTIFF in both byte orders.
  private static let tiffSignatures: [[UInt8]] = [
    [0x49, 0x49, 0x2A, 0x00], [0x4D, 0x4D, 0x00, 0x2A], [0x49, 0x49, 0x2B, 0x00],
    [0x4D, 0x4D, 0x00, 0x2B],
  ]

  /// Returns true for `BM` before a known size of the header; `BM` alone may begin a text.
  private static func beginsAsBMP(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x42, 0x4D]) && bytes.count >= 16 && bytes[15] == 0
      && [12, 40, 52, 56, 64, 108, 124].contains(bytes[14])
  }

  /// The names of the formats as text, for example in error messages.
  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
