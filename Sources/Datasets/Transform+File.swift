package import Files
package import Foundation
package import Tensors

extension Transform {
  /// Returns the image file at `url` as a network's input.
  ///
  /// - Parameter form: The form of the input.
  /// - Throws: `missingInput` if the file cannot be read, `badData` if it cannot be decoded or the
  ///   input would be too large.
  package func input(
    contentsOf url: URL, form: Batch.Form
  ) throws(InputError) -> NetworkInput {
    let name = url.relativePath
    let image = try ImageFile.decode(try InputFile.read(url), name: name)
    let (height, width) = outputSize(of: image)
    guard max(height, width) <= ImageFile.largestInputSide else {
      throw InputError(
        .badInputSize, "cannot use the image", at: name,
        because: "the network's input would be \(width)×\(height), with a side over the limit of "
          + "\(ImageFile.largestInputSide)",
        try: "set a smaller size with --resize and --crop")
    }
    switch form {
    case .floats:
      return .floats(Tensor(shape: [1, channels, height, width]) { self(image, into: $0) })
    case .pixels:
      guard let scaling else { preconditionFailure("grey images are read as floats") }
      let count = 3 * height * width
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
        writePlanes(of: image, into: UnsafeMutableBufferPointer(rebasing: bytes[..<count]))
        initialized = count
      }
      return .pixels(
        PixelImages(count: 1, height: height, width: width, bytes: bytes, scaling: scaling))
    }
  }
}
