internal import CImages
internal import Foundation

/// Returns the bytes of an 8-bit RGB PNG file that decodes to exactly `image`.
func encodePNG(_ image: Image) -> Data {
  let width = UInt32(image.width)
  let height = UInt32(image.height)
  var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
  let bytes = [UInt8](
    unsafeUninitializedCapacity: ci_png_capacity(width, height)
  ) { buffer, count in
    count = ci_png_encode(image.pixels, width, height, buffer.baseAddress, &message)
  }
  // In memory, the encoder fails only on extents that an `Image` cannot have.
  precondition(
    !bytes.isEmpty,
    "libpng: \(String(decoding: message.map { UInt8(bitPattern: $0) }, as: UTF8.self))")
  return Data(bytes)
}
