package import CKernels
package import Execution
package import Tensors

/// The activations of several images at one place of a program, in blocks of 16 channels.
///
/// CBlocked.h describes the layout.
package final class BlockedActivations: Sendable {
  /// The extents of one image.
  package let shape: BlockedShape
  /// The number of images.
  package let images: Int
  private let floats: FloatBuffer

  package init(_ shape: BlockedShape, images: Int) {
    self.shape = shape
    self.images = images
    floats = FloatBuffer(count: shape.floats * images)
  }

  /// Returns the address of an image with its border.
  package func image(_ index: Int) -> UnsafeMutablePointer<Float> {
    floats.base + index * shape.floats
  }

  /// Sets all floats of an image to zero.
  package func clear(_ index: Int) {
    image(index).update(repeating: 0, count: shape.floats)
  }

  /// Copies the images at `rows` of `source` (N, C, H, W) into the first images, in that order.
  package func pack(_ source: Tensor, rows: [Int], context: Context) {
    source.scalars.withUnsafeBufferPointer { scalars in
      guard let base = scalars.baseAddress else { return }
      pack(SharedPointer(base), rows: rows, context: context)
    }
  }

  /// Copies the images at `rows` of a cache into the first images, in that order.
  package func pack(_ source: ActivationCache, rows: [Int], context: Context) {
    source.withImages { pack(SharedPointer($0), rows: rows, context: context) }
  }

  private func pack(_ pixels: SharedPointer<UnsafePointer<Float>>, rows: [Int], context: Context) {
    let size = shape.channels * shape.height * shape.width
    context.forEach(rows.count) { index, _ in
      var kernel = shape.kernel
      ck_blocked_pack(&kernel, pixels.base + rows[index] * size, image(index))
    }
  }
}

extension BlockedActivations {
  /// Copies the first `count` images to `destination` (N, C, H, W), from its image `start` on.
  package func unpack(
    _ count: Int, into destination: UnsafeMutableBufferPointer<Float>, from start: Int,
    context: Context
  ) {
    let size = shape.channels * shape.height * shape.width
    let destination = SharedPointer(destination)
    context.forEach(count) { index, _ in
      var kernel = shape.kernel
      ck_blocked_unpack(
        &kernel, image(index), destination.base.baseAddress.map { $0 + (start + index) * size })
    }
  }
}

extension BlockedActivations {
  /// Returns the maps of one image, (1, C, H, W).
  package func tensor(_ index: Int) -> Tensor {
    Tensor(shape: [1, shape.channels, shape.height, shape.width]) { maps in
      var kernel = shape.kernel
      ck_blocked_unpack(&kernel, image(index), maps.baseAddress)
    }
  }

  /// Copies `maps` (1, C, H, W) into the image `index`.
  package func store(_ maps: Tensor, _ index: Int) {
    var kernel = shape.kernel
    ck_blocked_pack(&kernel, maps.scalars, image(index))
  }
}

/// The extents of blocked activations; the number of channels is a multiple of 16.
package struct BlockedShape: PaddedShape, Hashable, Sendable {
  package let channels: Int
  package let height: Int
  package let width: Int
  var paddedChannels: Int { channels }

  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The extents in the form that kernels take.
  package var kernel: ck_blocked {
    ck_blocked(channels: Int32(channels), height: Int32(height), width: Int32(width))
  }

  /// Creates the extents from `shape` (C, H, W).
  package init(_ shape: Shape) {
    self.init(channels: shape[0], height: shape[1], width: shape[2])
  }

  /// The number of floats of one image with its border.
  package var floats: Int { withKernel(ck_blocked_floats) }
  /// The number of floats from a row to the next.
  package var rowStride: Int { withKernel(ck_blocked_row) }
  /// The number of floats from a block of 16 channels to the next.
  package var mapStride: Int { withKernel(ck_blocked_map) }

  private func withKernel(_ measure: (UnsafePointer<ck_blocked>) -> Int) -> Int {
    withUnsafePointer(to: kernel, measure)
  }
}
