package import Files
package import Foundation

extension ImageSet {
  /// Returns a PNG file with the middle square of an image, at most `side` pixels wide.
  ///
  /// - Throws: An error that names the image if it cannot be read.
  package func thumbnail(of item: Item, side: Int) throws(InputError) -> Data {
    let image = try load(item)
    let side = min(side, image.width, image.height)
    return encodePNG(Transform(resize: side, crop: side).pixels(of: image))
  }
}
