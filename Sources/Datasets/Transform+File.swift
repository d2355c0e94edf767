package import Files
package import Foundation
package import Tensors

extension Transform {
  /// Returns the network's input (1, 3, H, W) for the image file at `url`.
  ///
  /// - Throws: `missingInput` if the file cannot be read, `badData` if it cannot be decoded or the
  ///   input would be too large.
  package func input(contentsOf url: URL) throws(InputError) -> Tensor {
    let name = url.relativePath
    let image = try ImageFile.decode(try MappedFile.read(url), name: name)
    let size = outputSize(of: image)
    guard max(size.height, size.width) <= ImageFile.largestInputSide else {
      throw InputError(
        .badData, "cannot use the image", at: name,
        because: "the network's input would be \(size.width)×\(size.height), with a side over the "
          + "limit of \(ImageFile.largestInputSide)",
        try: "set a smaller size with --resize and --crop")
    }
    return Tensor(shape: [1, 3, size.height, size.width]) { self(image, into: $0) }
  }
}
