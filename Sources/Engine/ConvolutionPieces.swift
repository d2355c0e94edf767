internal import CKernels
internal import Execution

/// The extents of maps in memory, with padded channels.
protocol PaddedShape {
  var height: Int { get }
  var width: Int { get }
  /// The number of channels in memory, a multiple of 16.
  var paddedChannels: Int { get }
}

extension PaddedShape {
  /// The largest number of images of a piece.
  var imagesPerPiece: Int { 192 / (height * width) + 1 }

  /// Returns the pieces of a convolution with this output that workers take one by one.
  ///
  /// Each piece comes with its first image. If there are many images, a piece is a whole image, or several
  /// small ones, because the kernels compute several pixels together. If there are few, it is a part of the
  /// output channels, so that every weight is read once, or otherwise a band of rows.
  func pieces(of count: Int, context: Context) -> [(first: Int, region: ck_region)] {
    func region(images: Int = 1, rows: Range<Int>, channels: Range<Int>) -> ck_region {
      ck_region(
        images: Int32(images), first_row: Int32(rows.lowerBound), end_row: Int32(rows.upperBound),
        first_channel: Int32(channels.lowerBound), end_channel: Int32(channels.upperBound))
    }
    let (rows, channels) = (0..<height, 0..<paddedChannels)
    if count >= 4 * context.threads {
      let atOnce = min(imagesPerPiece, count / (4 * context.threads))
      return (0..<count).chunks(of: atOnce).map {
        ($0.lowerBound, region(images: $0.count, rows: rows, channels: channels))
      }
    }
    let blocks = channels.chunks(of: 64)
    let regions =
      context.threads == 1
      ? [region(rows: rows, channels: channels)]
      : blocks.count >= 2 * context.threads
        ? blocks.map { region(rows: rows, channels: $0) }
        : rows.chunks(of: (height - 1) / (2 * context.threads) + 1).map {
          region(rows: $0, channels: channels)
        }
    return (0..<count).flatMap { image in regions.map { (image, $0) } }
  }
}
