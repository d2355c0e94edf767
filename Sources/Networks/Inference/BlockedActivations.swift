internal import CKernels
internal import Foundation

/// Floats at an address that stays, aligned to a cache line and zero at first.
final class AlignedFloats: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let bytes = (max(count, 1) * MemoryLayout<Float>.stride + 63) / 64 * 64
    guard let memory = aligned_alloc(64, bytes) else { preconditionFailure("\(bytes) bytes") }
    memset(memory, 0, bytes)
    base = memory.bindMemory(to: Float.self, capacity: count)
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    base.update(from: values, count: values.count)
  }

  deinit { free(base) }
}

/// The activations of several images at one place of an inference plan, blocked (CInference.h).
final class BlockedActivations: Sendable {
  let shape: BlockedShape
  private let floats: AlignedFloats

  init(_ shape: BlockedShape, images: Int) {
    self.shape = shape
    floats = AlignedFloats(count: shape.floats * images)
  }

  func image(_ index: Int) -> UnsafeMutablePointer<Float> {
    floats.base + index * shape.floats
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
  var floats: Int {
    var kernel = kernel
    return ck_blocked_floats(&kernel)
  }

  /// Floats from a row to the next, and from a block of sixteen channels to the next.
  var rowStride: Int { (width + 5) * 16 }
  var mapStride: Int { (height + 5) * rowStride }
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
