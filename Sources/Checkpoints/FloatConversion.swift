internal import Foundation
internal import Tensors

/// Where the scalars of a tensor lie in a storage: element index = offset + Σ indexᵢ · strideᵢ.
struct StridedLayout: Equatable {
  let elementType: ElementType
  let offset: Int
  let sizes: [Int]
  let strides: [Int]

  /// A tensor that fills its storage in row-major order.
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

  /// The number of scalars; `nil` when the product of the sizes overflows.
  var count: Int? {
    if sizes.contains(0) { return 0 }
    var count = 1
    for size in sizes {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// The bytes of storage that the farthest scalar needs; `nil` when that overflows.
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

  /// The bytes of all scalars without gaps; `nil` when that overflows.
  var contiguousByteCount: Int? {
    guard let (bytes, overflow) = count?.multipliedReportingOverflow(by: elementType.byteCount)
    else { return nil }
    return overflow ? nil : bytes
  }

  /// The axes with neighbours merged where they walk memory alike: a contiguous tensor has one left.
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

  /// The scalars in row-major order as `Float`; the layout has been checked against `storage`.
  func floats(from storage: Data, count: Int) -> [Float] {
    precondition((storageByteCount ?? .max) <= storage.count, "the layout exceeds its storage")
    guard count > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: count) { output, initialized in
      storage.withUnsafeBytes { bytes in
        // swift-format-ignore: NeverForceUnwrap — both hold at least one scalar.
        gather(bytes.baseAddress!, mergedAxes, into: output.baseAddress!)
      }
      initialized = count
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

  /// Moves `index` to the next row, as an odometer does; false after the last row.
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

extension ElementType {
  /// Writes `count` scalars, `stride` elements apart from `bytes` on, as `Float`.
  fileprivate func convert(
    _ bytes: UnsafeRawPointer, stride: Int, count: Int, to output: UnsafeMutablePointer<Float>
  ) {
    func each<Stored: BitwiseCopyable>(_ type: Stored.Type, _ float: (Stored) -> Float) {
      let step = stride * MemoryLayout<Stored>.size
      for index in 0..<count {
        output[index] = float((bytes + index * step).loadUnaligned(as: type))
      }
    }
    switch self {
    case .float32 where stride == 1:
      UnsafeMutableRawPointer(output).copyMemory(
        from: bytes, byteCount: count * MemoryLayout<Float>.size)
    case .float32: each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .float16: each(UInt16.self) { Float(float16Bits: UInt16(littleEndian: $0)) }
    case .bfloat16: each(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
    case .int8: each(Int8.self) { Float($0) }
    case .int16: each(Int16.self) { Float(Int16(littleEndian: $0)) }
    case .int32: each(Int32.self) { Float(Int32(littleEndian: $0)) }
    case .int64: each(Int64.self) { Float(Int64(littleEndian: $0)) }
    case .uint8: each(UInt8.self) { Float($0) }
    case .uint16: each(UInt16.self) { Float(UInt16(littleEndian: $0)) }
    case .uint32: each(UInt32.self) { Float(UInt32(littleEndian: $0)) }
    case .uint64: each(UInt64.self) { Float(UInt64(littleEndian: $0)) }
    case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }
}

extension Float {
  /// The value of an IEEE 754 half-precision number.
  ///
  /// Scaling by 2¹¹² re-biases the exponent and normalises subnormals in one multiplication, which
  /// vectorises; the conversion of `Float16` is a library call without F16C.
  init(float16Bits bits: UInt16) {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
    self.init(bitPattern: scaled | special | UInt32(bits & 0x8000) << 16)
  }
}

extension Tensor {
  /// The index of the first scalar that is NaN or infinite.
  var firstNonFinite: Int? {
    // Adding one to an exponent of all ones carries into the sign bit; this form vectorises.
    let carries = scalars.withUnsafeBufferPointer { buffer in
      buffer.reduce(UInt32(0)) { $0 | (($1.bitPattern & 0x7FFF_FFFF) &+ 0x0080_0000) }
    }
    return carries >> 31 == 0 ? nil : scalars.firstIndex { !$0.isFinite }
  }
}
