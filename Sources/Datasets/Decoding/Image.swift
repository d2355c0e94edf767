package import Files
package import Foundation

/// A decoded picture of 8-bit RGB pixels.
package struct Image: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// The red, green and blue bytes of every pixel, row by row: H×W×3.
  package let pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The width and height as text, for example `500×375`.
  package var extent: String { "\(width)×\(height)" }
}

/// A decoder of image files that gives the pixels of Pillow's `convert("RGB")`.
package enum ImageFile {
  /// The largest number of pixels of an image.
  ///
  /// Photographs in image sets are smaller. A header that claims more must not reserve memory.
  static let largestPixelCount = 100_000_000

  /// The largest number of bytes of an image file.
  static let largestFile = 1 << 30

  /// The longest side of a network's input; a batch holds many such inputs as floats.
  static let largestInputSide = 2048

  /// Decodes the bytes of an image file.
  ///
  /// The first bytes show the file's type, because ImageNet holds a PNG called .JPEG. EXIF
  /// orientation, gamma and colour profiles are ignored, and alpha is dropped. Of several pictures
  /// in a file, the first is taken. Only TIFF's own orientation is applied, as Pillow does.
  ///
  /// - Parameter name: The image's name for error messages.
  /// - Throws: `badData` if the image cannot be decoded.
  package static func decode(_ bytes: Data, name: String) throws(InputError) -> Image {
    guard !bytes.isEmpty else { throw unreadable(name, "the file is empty") }
    switch ImageFormat(start: bytes.prefix(16)) {
    case .jpeg: return try LibraryDecoder.jpeg.decode(bytes, name: name)
    case .png: return try LibraryDecoder.png.decode(bytes, name: name)
    case .webp: return try LibraryDecoder.webp.decode(bytes, name: name)
    case .tiff: return try LibraryDecoder.tiff.decode(bytes, name: name)
    case .bmp: return try decodeBMP(bytes, name: name)
    case .netpbm: return try decodeNetpbm(bytes, name: name)
    case nil: throw unreadable(name, notAnImage(bytes))
    }
  }

  /// Returns the reason why bytes are no image, with the format if it is known.
  private static func notAnImage(_ bytes: Data) -> String {
    if let format = UnreadFormat(start: bytes.prefix(32)) {
      return "it is \(format.description), which is not supported"
    }
    let start = bytes.prefix(4).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    return "it is none of \(ImageFormat.names): it begins with \(start.joined(separator: " "))"
  }

  /// Returns the error for an image that cannot be decoded.
  static func unreadable(_ name: String, _ reason: String) -> InputError {
    InputError(.badImage, "cannot decode the image", at: name, because: reason)
  }

  /// Throws `badData` if an extent is not positive or if they exceed `largestPixelCount`.
  static func checkExtent(width: Int, height: Int, name: String) throws(InputError) {
    guard width > 0, height > 0 else { throw unreadable(name, "it is \(width)×\(height) pixels") }
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, count <= largestPixelCount else {
      throw unreadable(
        name, "it claims \(width)×\(height) pixels, over the limit of \(largestPixelCount)")
    }
  }
}
