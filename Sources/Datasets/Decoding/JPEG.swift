import CTurboJPEG
internal import Files
internal import Foundation

/// A decompressor of libturbojpeg, which is destroyed with its owner.
private struct Decompressor: ~Copyable {
  let handle: tjhandle

  init?() {
    guard let handle = tjInitDecompress() else { return nil }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// The error or warning of the last call.
  var message: String { String(cString: tjGetErrorStr2(handle)) }

  var warned: Bool { tjGetErrorCode(handle) == TJERR_WARNING.rawValue }
}

private struct Header {
  let width: Int
  let height: Int
  let isCMYK: Bool
}

extension ImageFile {
  static func decodeJPEG(_ bytes: Data, name: String) throws(InputError) -> Image {
    guard let decompressor = Decompressor() else {
      throw unreadable(name, "libturbojpeg could not start")
    }
    let header = try readHeader(bytes, name: name, with: decompressor)
    try checkExtent(width: header.width, height: header.height, name: name)
    let pixels = try decompress(bytes, header, name: name, with: decompressor)
    return Image(
      width: header.width, height: header.height,
      pixels: header.isCMYK ? rgb(fromCMYK: pixels) : pixels)
  }

  private static func readHeader(
    _ bytes: Data, name: String, with decompressor: borrowing Decompressor
  ) throws(InputError) -> Header {
    var (width, height, subsampling, colorSpace): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
    let status = bytes.withUnsafeBytes { raw in
      tjDecompressHeader3(
        decompressor.handle, raw.bindMemory(to: UInt8.self).baseAddress, UInt(raw.count),
        &width, &height, &subsampling, &colorSpace)
    }
    // This library has no name for unusual sampling factors, but it decodes them.
    let hasExtents = width > 0 && height > 0 && colorSpace >= 0
    guard status == 0 || decompressor.warned || hasExtents else {
      throw unreadable(name, decompressor.message)
    }
    return Header(
      width: Int(width), height: Int(height),
      isCMYK: colorSpace == TJCS_CMYK.rawValue || colorSpace == TJCS_YCCK.rawValue)
  }

  private static func decompress(
    _ bytes: Data, _ header: Header, name: String, with decompressor: borrowing Decompressor
  ) throws(InputError) -> [UInt8] {
    let format = header.isCMYK ? TJPF_CMYK : TJPF_RGB
    var pixels = [UInt8](
      repeating: 0, count: header.width * header.height * (header.isCMYK ? 4 : 3))
    let status = bytes.withUnsafeBytes { raw in
      tjDecompress2(
        decompressor.handle, raw.bindMemory(to: UInt8.self).baseAddress, UInt(raw.count), &pixels,
        Int32(header.width), 0, Int32(header.height), format.rawValue, TJFLAG_LIMITSCANS)
    }
    guard status != 0 else { return pixels }
    guard decompressor.warned else { throw unreadable(name, decompressor.message) }
    let message = decompressor.message
    guard !message.lowercased().contains("premature end"), endsItsLastScan(bytes) else {
      throw unreadable(name, "the file ends too early: \(message)")
    }
    return pixels
  }

  /// Returns true if an end-of-image marker follows the last start of scan.
  ///
  /// The library reports only its first warning, which may hide that the file was cut off.
  private static func endsItsLastScan(_ bytes: Data) -> Bool {
    guard let scan = bytes.range(of: Data([0xFF, 0xDA]), options: .backwards) else { return false }
    return bytes.range(of: Data([0xFF, 0xD9]), in: scan.upperBound..<bytes.endIndex) != nil
  }

  /// Returns the RGB pixels of CMYK samples as Pillow makes them.
  ///
  /// Like Pillow, it takes the samples to be inverted, as Adobe's programs write them.
  private static func rgb(fromCMYK samples: [UInt8]) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: samples.count / 4 * 3)
    for pixel in 0..<samples.count / 4 {
      let white = Int(samples[4 * pixel + 3])
      for channel in 0..<3 {
        let ink = 255 - Int(samples[4 * pixel + channel])
        let product = ink * white + 128
        pixels[3 * pixel + channel] = UInt8(clamping: white - ((product >> 8) + product) >> 8)
      }
    }
    return pixels
  }
}
