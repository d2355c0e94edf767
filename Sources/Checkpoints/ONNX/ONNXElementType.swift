/// The types of elements in ONNX (`TensorProto.DataType`).
package enum ONNXElementType: Int, Sendable {
  case undefined = 0
  case float32 = 1
  case uint8, int8, uint16, int16, int32, int64
  case string, bool
  case float16, float64, uint32, uint64
  case complex64, complex128
  case bfloat16 = 16
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz
  case uint4 = 21
  case int4, float4e2m1, float8e8m0
  case uint2 = 25
  case int2

  /// The size of one element in bits; `nil` for texts and for types that no model of images uses.
  package var bitCount: Int? {
    switch self {
    case .uint2, .int2: 2
    case .uint4, .int4: 4
    default: elementType.map { 8 * $0.byteCount }
    }
  }

  /// The type of the same scalars in other files; `nil` for packed and for other types.
  package var elementType: ElementType? {
    switch self {
    case .float16: .float16
    case .float32: .float32
    case .float64: .float64
    case .bfloat16: .bfloat16
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .bool: .bool
    default: nil
    }
  }

  /// Returns true if the elements can be negative integers.
  var isSigned: Bool {
    switch self {
    case .int2, .int4, .int8, .int16, .int32, .int64: true
    default: false
    }
  }

  /// Returns true if the elements are integers.
  var isInteger: Bool {
    switch self {
    case .uint2, .uint4, .uint8, .uint16, .uint32, .uint64, .bool: true
    default: isSigned
    }
  }
}
