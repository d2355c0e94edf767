import CImages
internal import Files
internal import Foundation

extension ImageFile {
  static func decodePNG(_ bytes: Data, name: String) throws(InputError) -> Image {
    var (width, height): (UInt32, UInt32) = (0, 0)
    try callPNG(bytes, name: name) { ci_png_size($0, $1, &width, &height, $2) }
    try checkExtent(width: Int(width), height: Int(height), name: name)

    var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * 3)
    try callPNG(bytes, name: name) { ci_png_decode($0, $1, &pixels, $2) }
    return Image(width: Int(width), height: Int(height), pixels: pixels)
  }

  /// Calls a function of CImages and throws its message if it fails.
  private static func callPNG(
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
      throw unreadable(name, String(decoding: text, as: UTF8.self))
    }
  }
}
