package import Files
package import Foundation

extension ImageSet {
  /// The bytes of a PNG file: the middle square of an image, `side` pixels wide, or narrower where the
  /// image is; throws, naming it, if the image cannot be read.
  package func thumbnail(of item: Item, side: Int) throws(InputError) -> Data {
    let image = try load(item)
    let side = min(side, image.width, image.height)
    return encodePNG(Transform(resize: side, crop: side).pixels(of: image))
  }
}
