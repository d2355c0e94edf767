internal import Networks
package import Datasets
public import Foundation

/// The images that a quantization uses; their labels are not used.
public struct CalibrationImages: Sendable {
  package let images: CalibrationSet
  package let transform: TransformChoice

  /// Draws images from a folder, with the transform that `model` expects.
  ///
  /// - Parameters:
  ///   - folder: A folder of images in any layout that `mixq` reads, such as ImageNet's class folders.
  ///   - model: The checkpoint that will be quantized.
  ///   - count: The number of images to draw.
  ///   - seed: The seed that decides which images are drawn.
  /// - Throws: `MixQuantError` if the folder has fewer images or cannot be read.
  public init(
    folder: URL, for model: FullPrecisionModel, count: Int = 1024, seed: UInt64 = 0
  ) throws(MixQuantError) {
    (images, transform) = try MixQuantError.wrapping {
      let transform = try model.model.transform(flags: TransformFlags())
      let pool = try ImageSet.open(folder, purpose: .calibration)
      let images = try CalibrationSet(
        drawing: count, from: pool, seed: seed, transform: transform.transform)
      return (images, transform)
    }
  }

  /// The number of images.
  public var count: Int { images.images.items.count }
}
