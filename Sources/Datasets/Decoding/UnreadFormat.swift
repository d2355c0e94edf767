/// A kind of file that is often found among images and is not read, recognised by its first bytes.
struct UnreadFormat: CustomStringConvertible {
  /// The kind with its article, for example `a GIF image`.
  let description: String

  private static let signatures: [(description: String, offset: Int, bytes: [UInt8])] = [
    ("a GIF image", 0, Array("GIF8".utf8)),
    ("an AVIF image", 4, Array("ftypavif".utf8)),
    ("an AVIF image", 4, Array("ftypavis".utf8)),
    ("a HEIF image", 4, Array("ftyphei".utf8)),
    ("a HEIF image", 4, Array("ftypmif1".utf8)),
    ("a JPEG XL image", 0, [0xFF, 0x0A]),
    ("a JPEG XL image", 0, [0x00, 0x00, 0x00, 0x0C, 0x4A, 0x58, 0x4C, 0x20]),
    ("a JPEG 2000 image", 0, [0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20]),
    ("a JPEG 2000 image", 0, [0xFF, 0x4F, 0xFF, 0x51]),
    ("a Photoshop image", 0, Array("8BPS".utf8)),
    ("an icon", 0, [0x00, 0x00, 0x01, 0x00]),
    ("an SVG drawing", 0, Array("<svg".utf8)),
    ("an XML file", 0, Array("<?xml".utf8)),
    ("a web page", 0, Array("<!DOCTYPE".utf8)),
    ("a web page", 0, Array("<!doctype".utf8)),
    ("a web page", 0, Array("<html".utf8)),
    ("a pointer of Git LFS", 0, Array("version https://git-lfs".utf8)),
    ("a zip archive", 0, [0x50, 0x4B, 0x03, 0x04]),
    ("a gzip archive", 0, [0x1F, 0x8B]),
    ("a PDF document", 0, Array("%PDF".utf8)),
    ("a video", 4, Array("ftyp".utf8)),
  ]

  init?(start: some Collection<UInt8>) {
    let bytes = Array(start.prefix(32))
    let found = Self.signatures.first { bytes.dropFirst($0.offset).starts(with: $0.bytes) }
    guard let found else { return nil }
    description = found.description
  }
}
