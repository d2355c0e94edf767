package import Files
package import Foundation

/// A constant array (`TensorProto`).
package struct ONNXTensor: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    /// The elements, row-major and little-endian. Elements of 4 and 2 bits are packed, the first one
    /// in the lowest bits. After reading a file, this is a slice of its bytes if they are in one run.
    case bytes(Data)
    /// The place of the elements in another file.
    case external(ONNXExternalData)
  }

  package var name: String
  package var elementType: ONNXElementType
  /// The sizes, outermost first; empty for a scalar.
  package var dimensions: [Int]
  package var content: Content
  package var docString: String

  package init(
    name: String, elementType: ONNXElementType, dimensions: [Int], content: Content,
    docString: String = ""
  ) {
    self.name = name
    self.elementType = elementType
    self.dimensions = dimensions
    self.content = content
    self.docString = docString
  }

  /// The number of elements; `nil` if a size is negative or the product overflows.
  package var count: Int? {
    guard dimensions.allSatisfy({ $0 >= 0 }) else { return nil }
    return StridedLayout(contiguous: dimensions, elementType: .uint8).count
  }

  /// The number of bytes of all elements; `nil` if it overflows or the type has no size.
  package var byteCount: Int? {
    guard let count, let width = elementType.bitCount else { return nil }
    let (bits, overflow) = count.multipliedReportingOverflow(by: width)
    return overflow || bits > .max - 7 ? nil : (bits + 7) / 8
  }
}

/// The place of a tensor's elements in another file.
package struct ONNXExternalData: Equatable, Sendable {
  /// The path of the file, relative to the folder of the model.
  package var location: String
  package var offset: Int
  /// The number of bytes; `nil` if they extend to the size that the tensor needs.
  package var length: Int?

  package init(location: String, offset: Int = 0, length: Int? = nil) {
    self.location = location
    self.offset = offset
    self.length = length
  }
}

extension ONNXTensor {
  /// Creates a tensor of float32.
  package init(name: String, dimensions: [Int], floats: [Float]) {
    self.init(name: name, .float32, dimensions, littleEndian: floats.map(\.bitPattern))
  }

  /// Creates a tensor of int64, as shapes and axes are.
  package init(name: String, dimensions: [Int], int64 values: [Int]) {
    self.init(name: name, .int64, dimensions, littleEndian: values.map(Int64.init))
  }

  /// Creates a tensor of int32, as quantized biases are.
  package init(name: String, dimensions: [Int], int32 values: [Int32]) {
    self.init(name: name, .int32, dimensions, littleEndian: values)
  }

  /// Creates a tensor of int8.
  package init(name: String, dimensions: [Int], int8 values: [Int8]) {
    self.init(name: name, .int8, dimensions, littleEndian: values)
  }

  /// Creates a tensor of uint8.
  package init(name: String, dimensions: [Int], uint8 values: [UInt8]) {
    self.init(name: name, .uint8, dimensions, littleEndian: values)
  }

  /// Creates a tensor of packed integers of 4 or 2 bits; the first one is in the lowest bits.
  package init(
    name: String, elementType: ONNXElementType, dimensions: [Int], packing values: [Int]
  ) {
    guard let width = elementType.bitCount, width < 8 else {
      preconditionFailure("\(elementType) is not packed")
    }
    var bytes = Data(count: (values.count * width + 7) / 8)
    for (index, value) in values.enumerated() {
      let lowest = elementType.isSigned ? -(1 << (width - 1)) : 0
      precondition((lowest..<lowest + 1 << width).contains(value), "\(value) is no \(elementType)")
      let bits = UInt8(truncatingIfNeeded: value) & UInt8(1 << width - 1)
      bytes[index * width / 8] |= bits << (index * width % 8)
    }
    self.init(
      name: name, elementType: elementType, dimensions: dimensions, content: .bytes(bytes))
    precondition(count == values.count, "\(values.count) values for \(dimensions)")
  }

  private init<Bits: FixedWidthInteger>(
    name: String, _ elementType: ONNXElementType, _ dimensions: [Int], littleEndian bits: [Bits]
  ) {
    let data = bits.map(\.littleEndian).withUnsafeBytes { Data($0) }
    self.init(
      name: name, elementType: elementType, dimensions: dimensions, content: .bytes(data))
    precondition(count == bits.count, "\(bits.count) values for \(dimensions)")
  }
}

extension ONNXTensor {
  /// Returns the elements of a tensor of integers of any width, in row-major order.
  ///
  /// - Throws: `badData` if the tensor is not of integers, is in another file, or has the wrong
  ///   number of bytes.
  package func integers(place: String) throws(InputError) -> [Int] {
    let bytes = try storedBytes(place: place)
    guard elementType.isInteger, let width = elementType.bitCount, let count else {
      throw .unreadable(
        place, because: "the tensor '\(name)' is of \(elementType), but integers are needed")
    }
    if let type = elementType.elementType { return type.integers(bytes, count: count) }
    let bias = elementType.isSigned ? 1 << (width - 1) : 0
    return bytes.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let bits = Int(bytes[index * width / 8]) >> (index * width % 8) & (1 << width - 1)
        return (bits ^ bias) - bias
      }
    }
  }

  /// Returns the elements of a tensor of numbers as `Float`, in row-major order.
  ///
  /// - Throws: `badData` if the tensor is of packed integers or of another type without a size, is
  ///   in another file, or has the wrong number of bytes.
  package func floats(place: String) throws(InputError) -> [Float] {
    let bytes = try storedBytes(place: place)
    guard let type = elementType.elementType, let count else {
      throw .unreadable(
        place, because: "the tensor '\(name)' is of \(elementType), but numbers are needed")
    }
    return StridedLayout(contiguous: dimensions, elementType: type).floats(
      from: bytes, count: count)
  }

  /// Returns the bytes of the elements after comparing their number with the shape.
  private func storedBytes(place: String) throws(InputError) -> Data {
    guard case .bytes(let bytes) = content else {
      throw .unreadable(place, because: "the elements of '\(name)' lie in another file")
    }
    guard let byteCount else {
      throw .unreadable(
        place, because: "the tensor '\(name)' of \(elementType) cannot have the shape \(dimensions)"
      )
    }
    guard bytes.count == byteCount else {
      throw .unreadable(
        place,
        because: "the tensor '\(name)' of \(elementType) with the shape \(dimensions) needs"
          + " \(byteCount) bytes, but has \(bytes.count)")
    }
    return bytes
  }
}

extension ElementType {
  /// Returns `count` integers at the start of `bytes`; an integer above 2⁶³ wraps around.
  fileprivate func integers(_ bytes: Data, count: Int) -> [Int] {
    func each<Stored: FixedWidthInteger & BitwiseCopyable>(_ type: Stored.Type) -> [Int] {
      bytes.withUnsafeBytes { bytes in
        (0..<count).map { index in
          let offset = index * MemoryLayout<Stored>.size
          let stored = bytes.loadUnaligned(fromByteOffset: offset, as: type)
          return Int(truncatingIfNeeded: Stored(littleEndian: stored))
        }
      }
    }
    switch self {
    case .int8: return each(Int8.self)
    case .int16: return each(Int16.self)
    case .int32: return each(Int32.self)
    case .int64: return each(Int64.self)
    case .uint16: return each(UInt16.self)
    case .uint32: return each(UInt32.self)
    case .uint64: return each(UInt64.self)
    default: return each(UInt8.self)
    }
  }
}
