/// The types of scalars that checkpoints hold; the readers convert all of them to `Float`.
package enum ElementType: String, CaseIterable, Sendable {
  case float16, float32, float64, bfloat16
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool

  /// The size of one scalar in bytes.
  package var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The name of the type in a safetensors header, such as `F32`.
  package var safetensorsTag: String {
    switch self {
    case .float16: "F16"
    case .float32: "F32"
    case .float64: "F64"
    case .bfloat16: "BF16"
    case .int8: "I8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .uint8: "U8"
    case .uint16: "U16"
    case .uint32: "U32"
    case .uint64: "U64"
    case .bool: "BOOL"
    }
  }

  /// Creates the type that a safetensors header calls `tag`; `nil` if there is none.
  package init?(safetensorsTag tag: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsTag == tag }) else { return nil }
    self = type
  }

  /// Creates the type of a storage class or dtype in a pickle, such as `torch.HalfStorage` or
  /// `torch.float16`; `nil` if it is unknown.
  init?(torchName name: String) {
    guard name.hasPrefix("torch.") else { return nil }
    switch name.dropFirst("torch.".count) {
    case "HalfStorage": self = .float16
    case "FloatStorage": self = .float32
    case "DoubleStorage": self = .float64
    case "BFloat16Storage": self = .bfloat16
    case "CharStorage": self = .int8
    case "ShortStorage": self = .int16
    case "IntStorage": self = .int32
    case "LongStorage": self = .int64
    case "ByteStorage": self = .uint8
    case "BoolStorage": self = .bool
    case let dtype: self.init(rawValue: String(dtype))
    }
  }
}
