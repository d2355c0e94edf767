internal import CKernels
internal import Execution
internal import Foundation
internal import Tensors

/// The activations of several images at one place of an inference plan, blocked (CBlocked.h).
final class BlockedActivations: Sendable {
  let shape: BlockedShape
  let images: Int
  private let floats: FloatBuffer

  init(_ shape: BlockedShape, images: Int) {
    self.shape = shape
    self.images = images
    floats = FloatBuffer(count: shape.floats * images)
  }

  func image(_ index: Int) -> UnsafeMutablePointer<Float> {
    floats.base + index * shape.floats
  }

  /// Makes an image zero.
  func clear(_ index: Int) {
    image(index).update(repeating: 0, count: shape.floats)
  }

  /// Takes the images at `rows` of `source` (N, C, H, W), in that order.
  func pack(_ source: Tensor, rows: [Int], workers: Workers) {
    source.scalars.withUnsafeBufferPointer { scalars in
      guard let base = scalars.baseAddress else { return }
      pack(SharedPointer(base), rows: rows, workers: workers)
    }
  }

  /// The same of a cache.
  func pack(_ source: ActivationCache, rows: [Int], workers: Workers) {
    source.withImages { pack(SharedPointer($0), rows: rows, workers: workers) }
  }

  private func pack(_ pixels: SharedPointer<UnsafePointer<Float>>, rows: [Int], workers: Workers) {
    let size = shape.channels * shape.height * shape.width
    workers.forEach(rows.count) { index, _ in
      var kernel = shape.kernel
      ck_blocked_pack(&kernel, pixels.base + rows[index] * size, image(index))
    }
  }
}

extension BlockedActivations {
  /// Puts the first `count` images into `destination` (N, C, H, W), behind its first `start` images.
  func unpack(
    _ count: Int, into destination: UnsafeMutableBufferPointer<Float>, from start: Int,
    workers: Workers
  ) {
    let size = shape.channels * shape.height * shape.width
    let destination = SharedPointer(destination)
    workers.forEach(count) { index, _ in
      var kernel = shape.kernel
      ck_blocked_unpack(
        &kernel, image(index), destination.base.baseAddress.map { $0 + (start + index) * size })
    }
  }
}

/// The extents of blocked activations; channels come in sixteens.
struct BlockedShape: Hashable, Sendable {
  let channels: Int
  let height: Int
  let width: Int

  var kernel: ck_blocked {
    ck_blocked(channels: Int32(channels), height: Int32(height), width: Int32(width))
  }

  /// Floats of one image, border and all.
  var floats: Int { withKernel(ck_blocked_floats) }
  /// Floats from a row to the next, and from a block of sixteen channels to the next.
  var rowStride: Int { withKernel(ck_blocked_row) }
  var mapStride: Int { withKernel(ck_blocked_map) }

  private func withKernel(_ measure: (UnsafePointer<ck_blocked>) -> Int) -> Int {
    withUnsafePointer(to: kernel, measure)
  }
}

/// Activations that may be used again once nobody needs them: same shape, so their borders stay zero.
struct ActivationPool {
  let images: Int
  private var free: [BlockedShape: [BlockedActivations]] = [:]

  init(images: Int) { self.images = images }

  mutating func take(_ shape: BlockedShape) -> BlockedActivations {
    free[shape, default: []].popLast() ?? BlockedActivations(shape, images: images)
  }

  mutating func giveBack(_ activations: BlockedActivations) {
    free[activations.shape, default: []].append(activations)
  }
}
