internal import Files
internal import Foundation

extension ONNXTensor {
  private static let maximumRank = 64

  init(_ message: WireReader, _ budget: inout MessageBudget) throws(InputError) {
    self.init(name: "", elementType: .undefined, dimensions: [], content: .bytes(Data()))
    var parts = Parts()
    var reader = message
    while let field = try reader.next() {
      try budget.spend(at: field.place)
      switch field.number {
      case 1: try field.append(to: &dimensions, limit: Self.maximumRank)
      case 2: elementType = try ONNXElementType(field)
      case 3: throw .unreadable(field.place, because: "it is a segment of a tensor")
      case 8: name = try field.text
      case 12: docString = try field.text
      default: try parts.read(field)
      }
    }
    content = try parts.content(of: elementType)
  }

  /// The fields that may hold a tensor's elements.
  private struct Parts {
    private var raw: Data?
    private var floats = Data()
    private var doubles = Data()
    /// The integers of every width up to 64 bits, and the bits of float16 and bfloat16.
    private var integers: [Int] = []
    private var location: [ONNXEntry] = []
    private var isExternal = false
    private var place = ""

    mutating func read(_ field: WireField) throws(InputError) {
      place = field.place
      switch field.number {
      case 4: try field.appendFloats(to: &floats)
      case 5, 7, 11: try field.append(to: &integers)
      case 9: raw = try field.bytes
      case 10: try field.appendDoubles(to: &doubles)
      case 13: location.append(try ONNXEntry(field.message("external data")))
      case 14: isExternal = try field.integer == 1
      default: break
      }
    }

    func content(of type: ONNXElementType) throws(InputError) -> Content {
      if isExternal { return .external(try ONNXExternalData(location, place: place)) }
      if let raw { return .bytes(raw) }
      switch type {
      case .float32: return .bytes(floats)
      case .float64: return .bytes(doubles)
      case .int64, .uint64: return .bytes(littleEndian(UInt64.self))
      case .int32, .uint32: return .bytes(littleEndian(UInt32.self))
      case .int16, .uint16, .float16, .bfloat16: return .bytes(littleEndian(UInt16.self))
      default: return .bytes(littleEndian(UInt8.self))
      }
    }

    private func littleEndian<Bits: FixedWidthInteger>(_ type: Bits.Type) -> Data {
      integers.map { Bits(truncatingIfNeeded: $0).littleEndian }.withUnsafeBytes { Data($0) }
    }
  }
}

extension ONNXExternalData {
  init(_ entries: [ONNXEntry], place: String) throws(InputError) {
    func number(_ key: String) throws(InputError) -> Int? {
      guard let text = entries[key] else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw .unreadable(place, because: "the \(key) of its external data is '\(text)'")
      }
      return number
    }
    guard let location = entries["location"] else {
      throw .unreadable(place, because: "its external data has no location")
    }
    self.init(
      location: location, offset: try number("offset") ?? 0, length: try number("length"))
  }
}

extension ONNXAttribute {
  init(_ message: WireReader, _ budget: inout MessageBudget) throws(InputError) {
    self.init("", .other(type: 0))
    var parts = Parts()
    var reader = message
    while let field = try reader.next() {
      try budget.spend(at: field.place)
      if field.number == 1 { name = try field.text } else { try parts.read(field, &budget) }
    }
    value = try parts.value
  }

  /// The fields that may hold an attribute's value, and its type.
  ///
  /// Files of the first IR version lack the type. It follows from the field that is present then.
  private struct Parts {
    private var type: Int?
    private var single: Value?
    private var floats = Data()
    private var integers: [Int] = []
    private var strings: [Data] = []
    private var listType: Int?

    mutating func read(_ field: WireField, _ budget: inout MessageBudget) throws(InputError) {
      switch field.number {
      case 2: single = .float(try field.float)
      case 3: single = .integer(try field.integer)
      case 4: single = .string(try field.bytes)
      case 5: single = .tensor(try ONNXTensor(field.message("tensor"), &budget))
      case 6: single = .other(type: 5)
      case 7:
        try field.appendFloats(to: &floats)
        listType = 6
      case 8:
        try field.append(to: &integers)
        listType = 7
      case 9:
        strings.append(try field.bytes)
        listType = 8
      case 20: type = try field.integer
      case 10, 11, 14, 15, 21, 22, 23: single = .other(type: field.number)
      default: break
      }
    }

    /// The value that the type selects; writers may leave out a value of zero and an empty list.
    var value: Value {
      get throws(InputError) {
        switch type ?? listType ?? 0 {
        case 0: single ?? .other(type: 0)
        case 1: single ?? .float(0)
        case 2: single ?? .integer(0)
        case 3: single ?? .string(Data())
        case 6: .floats(floats.littleEndianFloats)
        case 7: .integers(integers)
        case 8: .strings(strings)
        case let type: single ?? .other(type: type)
        }
      }
    }
  }
}

extension Data {
  /// The float32 values whose bytes these are.
  fileprivate var littleEndianFloats: [Float] {
    withUnsafeBytes { bytes in
      (0..<count / 4).map { index in
        let bits = bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
  }
}
