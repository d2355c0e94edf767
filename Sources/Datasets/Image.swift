package import Files
package import Foundation

/// A decoded picture: 8-bit RGB, H×W×3, row by row.
package struct Image: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// Red, green and blue of every pixel, row by row: H×W×3.
  package let pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// For example `500×375`.
  package var extent: String { "\(width)×\(height)" }
}

/// Image files by content: JPEG and PNG, decoded as Pillow's `convert("RGB")` gives them.
package enum ImageFile {
  /// No photograph of an image set is larger; a header that claims more is not worth its memory.
  static let largestPixelCount = 100_000_000

  /// The longest side of a network's input, which a batch holds many of as floats.
  static let largestInputSide = 2048

  /// Decodes the bytes of an image file; its name plays no part but in the errors.
  ///
  /// ImageNet holds a PNG called .JPEG, so the type is told by the first bytes. EXIF orientation,
  /// gamma and colour profiles are ignored, alpha is dropped.
  package static func decode(_ bytes: Data, name: String) throws(InputError) -> Image {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return try decodeJPEG(bytes, name: name) }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return try decodePNG(bytes, name: name) }
    guard !bytes.isEmpty else { throw unreadable(name, "the file is empty") }
    let start = bytes.prefix(4).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    throw unreadable(
      name, "neither a JPEG nor a PNG file: it begins with \(start.joined(separator: " "))")
  }

  static func unreadable(_ name: String, _ reason: String) -> InputError {
    InputError(.badData, "cannot decode the image", at: name, because: reason)
  }

  /// Refuses extents that are empty or beyond `largestPixelCount`.
  static func checkExtent(width: Int, height: Int, name: String) throws(InputError) {
    guard width > 0, height > 0 else { throw unreadable(name, "it is \(width)×\(height) pixels") }
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, count <= largestPixelCount else {
      throw unreadable(
        name, "it claims \(width)×\(height) pixels, over the limit of \(largestPixelCount)")
    }
  }
}
