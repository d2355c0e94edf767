internal import Execution
internal import Foundation

/// The layout of a tensor's scalars in a storage: element index = offset + Σ indexᵢ · strideᵢ.
struct StridedLayout: Equatable {
  let elementType: ElementType
  let offset: Int
  let sizes: [Int]
  let strides: [Int]

  /// Creates the layout of a tensor that fills its storage in row-major order.
  init(contiguous sizes: [Int], elementType: ElementType) {
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] &* sizes[axis + 1]
    }
    self.init(elementType: elementType, offset: 0, sizes: sizes, strides: strides)
  }

  init(elementType: ElementType, offset: Int, sizes: [Int], strides: [Int]) {
    self.elementType = elementType
    self.offset = offset
    self.sizes = sizes
    self.strides = strides
  }

  /// The number of scalars; `nil` if the product of the nonzero sizes overflows.
  var count: Int? {
    var count = 1
    for size in sizes where size != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    return sizes.contains(0) ? 0 : count
  }

  /// The number of bytes of storage up to the farthest scalar; `nil` if it overflows.
  var storageByteCount: Int? {
    if sizes.contains(0) { return 0 }
    var end = offset
    for (size, stride) in zip(sizes, strides) {
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = end.addingReportingOverflow(reach)
      if overflow || carry { return nil }
      end = sum
    }
    let (count, carry) = end.addingReportingOverflow(1)
    let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
    return carry || overflow ? nil : bytes
  }

  /// The number of bytes of all scalars without gaps; `nil` if it overflows.
  var contiguousByteCount: Int? {
    guard let (bytes, overflow) = count?.multipliedReportingOverflow(by: elementType.byteCount)
    else { return nil }
    return overflow ? nil : bytes
  }

  /// The axes, with neighbours merged if one stride covers both; a contiguous tensor has one axis.
  private var mergedAxes: [(size: Int, stride: Int)] {
    var axes: [(size: Int, stride: Int)] = []
    for (size, stride) in zip(sizes, strides) where size != 1 {
      if let last = axes.last, last.stride == size &* stride {
        axes[axes.count - 1] = (last.size * size, stride)
      } else {
        axes.append((size, stride))
      }
    }
    return axes
  }

  /// Returns the scalars in row-major order as `Float`.
  ///
  /// The layout must fit in `storage`.
  func floats(from storage: Data, count: Int) -> [Float] {
    precondition((storageByteCount ?? .max) <= storage.count, "the layout exceeds its storage")
    guard count > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: count) { output, initialized in
      output.preferHugePages()
      storage.withUnsafeBytes { bytes in
        guard let bytes = bytes.baseAddress, let output = output.baseAddress else { return }
        gather(bytes, mergedAxes, into: output)
        initialized = count
      }
    }
  }

  private func gather(
    _ bytes: UnsafeRawPointer, _ axes: [(size: Int, stride: Int)],
    into output: UnsafeMutablePointer<Float>
  ) {
    let inner = axes.last ?? (size: 1, stride: 1)
    let outer = axes.dropLast()
    var index = [Int](repeating: 0, count: outer.count)
    var source = offset
    var output = output
    while true {
      let row = bytes + source * elementType.byteCount
      elementType.convert(row, stride: inner.stride, count: inner.size, to: output)
      output += inner.size
      guard advance(&index, outer, &source) else { return }
    }
  }

  /// Moves `index` to the next row like an odometer; returns false after the last row.
  private func advance(
    _ index: inout [Int], _ axes: ArraySlice<(size: Int, stride: Int)>, _ source: inout Int
  ) -> Bool {
    for axis in axes.indices.reversed() {
      index[axis] += 1
      source += axes[axis].stride
      if index[axis] < axes[axis].size { return true }
      source -= axes[axis].size * axes[axis].stride
      index[axis] = 0
    }
    return false
  }
}
