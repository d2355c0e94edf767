extension ElementType {
  /// Converts `count` scalars that lie `stride` elements apart, starting at `bytes`, to `Float`.
  func convert(
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
  /// Creates the value of an IEEE 754 half-precision number.
  ///
  /// Scaling by 2¹¹² corrects the exponent's bias and normalises subnormals in one multiplication.
  /// The loop then vectorises. Converting a `Float16` would be a library call on CPUs without F16C.
  init(float16Bits bits: UInt16) {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
    self.init(bitPattern: scaled | special | UInt32(bits & 0x8000) << 16)
  }
}
