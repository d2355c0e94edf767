internal import CKernels
internal import Foundation
internal import Tensors

/// Floats at an address that stays, aligned to a cache line, or to a huge page where they fill
/// some: many strides at once would miss the table of small ones.
///
/// Huge pages are not resident before they are touched, so that what a pass does not need costs nothing.
final class AlignedFloats: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  /// The pages around `base`, if it has some of its own.
  private let pages: UnsafeMutableRawBufferPointer?

  private static let hugePage = 2 << 20

  /// Zeros.
  convenience init(count: Int) {
    self.init(uninitializedCount: count)
    // Pages fresh from the kernel are zero.
    if pages == nil { base.update(repeating: 0, count: count) }
  }

  /// Floats of any value, each of which must be written before it is read.
  init(uninitializedCount count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let memory: UnsafeMutableRawPointer
    if bytes < Self.hugePage {
      memory = .allocate(byteCount: bytes, alignment: 64)
      pages = nil
    } else {
      let pages = Self.map(bytes + Self.hugePage)
      memory = pages.alignedUp(toMultipleOf: Self.hugePage)
      madvise(memory, bytes, MADV_HUGEPAGE)
      self.pages = UnsafeMutableRawBufferPointer(start: pages, count: bytes + Self.hugePage)
    }
    base = memory.bindMemory(to: Float.self, capacity: count)
  }

  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer {
    let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("\(bytes) bytes") }
    return memory
  }

  convenience init(_ values: [Float]) {
    self.init(uninitializedCount: values.count)
    base.update(from: values, count: values.count)
  }

  deinit {
    if let pages {
      munmap(pages.baseAddress, pages.count)
    } else {
      UnsafeMutableRawPointer(base).deallocate()
    }
  }

  /// Makes all of them zero.
  func clear() { base.update(repeating: 0, count: count) }
}

/// The activations of several images at one place of an inference plan, blocked (CInference.h).
final class BlockedActivations: Sendable {
  let shape: BlockedShape
  let images: Int
  private let floats: AlignedFloats

  init(_ shape: BlockedShape, images: Int) {
    self.shape = shape
    self.images = images
    floats = AlignedFloats(count: shape.floats * images)
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
      pack(SharedReading(base), rows: rows, workers: workers)
    }
  }

  /// The same of a cache.
  func pack(_ source: ActivationCache, rows: [Int], workers: Workers) {
    source.withImages { pack(SharedReading($0), rows: rows, workers: workers) }
  }

  private func pack(_ pixels: SharedReading, rows: [Int], workers: Workers) {
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
    let destination = SharedBuffer(destination)
    workers.forEach(count) { index, _ in
      var kernel = shape.kernel
      ck_blocked_unpack(
        &kernel, image(index), destination.base.baseAddress.map { $0 + (start + index) * size })
    }
  }
}

/// A pointer that several workers read.
struct SharedReading: @unchecked Sendable {
  let base: UnsafePointer<Float>

  init(_ base: UnsafePointer<Float>) { self.base = base }
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
