internal import CImages
internal import Files
internal import Foundation

/// A decoder of CImages: a function for the size of an image and one for its pixels.
struct LibraryDecoder: Sendable {
  typealias SizeFunction =
    @Sendable (
      UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>,
      UnsafeMutablePointer<CChar>?
    ) -> Int32
  typealias PixelFunction =
    @Sendable (
      UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<CChar>?
    ) -> Int32

  static let jpeg = LibraryDecoder(size: ci_jpeg_size, pixels: ci_jpeg_decode)
  static let png = LibraryDecoder(size: ci_png_size, pixels: ci_png_decode)
  static let tiff = LibraryDecoder(size: ci_tiff_size, pixels: ci_tiff_decode)
  static let webp = LibraryDecoder(size: ci_webp_size, pixels: ci_webp_decode)

  private let size: SizeFunction
  private let pixels: PixelFunction

  /// Decodes the bytes of a file; throws `badData` with the library's reason if it cannot.
  func decode(_ bytes: Data, name: String) throws(InputError) -> Image {
    var (width, height): (UInt32, UInt32) = (0, 0)
    try call(bytes, name: name) { size($0, $1, &width, &height, $2) }
    try ImageFile.checkExtent(width: Int(width), height: Int(height), name: name)
    var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * 3)
    try call(bytes, name: name) { self.pixels($0, $1, &pixels, $2) }
    return Image(width: Int(width), height: Int(height), pixels: pixels)
  }

  /// Calls a function of CImages and throws its message if it fails.
  private func call(
    _ bytes: Data, name: String,
    _ function: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<CChar>?) -> Int32
  ) throws(InputError) {
    var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
    let status = bytes.withUnsafeBytes { raw in
      message.withUnsafeMutableBufferPointer { buffer in
        function(raw.bindMemory(to: UInt8.self).baseAddress, raw.count, buffer.baseAddress)
      }
    }
    guard status == 0 else {
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw ImageFile.unreadable(name, String(decoding: text, as: UTF8.self).printable())
    }
  }
}
