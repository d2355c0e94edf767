/// The mutators of protobuf messages: fields at any depth are changed, and all lengths stay right.
package enum WireFields {
  package static let mutators: [Mutator] = [field, field, transplant]

  /// A field of a message: its key, and what follows.
  private struct Field {
    var key: [UInt8]
    var value: Value
  }

  private enum Value {
    case varint([UInt8])
    case fixed([UInt8])
    case bytes([UInt8])
  }

  private static let depth = 8

  static let field: Mutator = { file, other, random in
    change(file, depth: random.below(depth), &random) { fields, place, random in
      switch random.below(6) {
      case 0: fields.remove(at: place)
      case 1: fields.insert(fields[place], at: random.below(fields.count + 1))
      case 2: fields.swapAt(place, random.below(fields.count))
      case 3:
        fields[place].key = [UInt8(random.below(16) << 3) | (fields[place].key.first ?? 0) & 7]
      default: fields[place].value = changed(fields[place].value, other, &random)
      }
    }
  }

  /// Takes a field of another file.
  static let transplant: Mutator = { file, other, random in
    var donor = fields(of: other) ?? []
    for _ in 0..<random.below(depth) {
      let messages = donor.compactMap { field -> [Field]? in
        if case .bytes(let bytes) = field.value { fields(of: bytes) } else { nil }
      }
      guard !messages.isEmpty else { break }
      donor = random.pick(messages)
    }
    guard !donor.isEmpty else { return file }
    let field = random.pick(donor)
    return change(file, depth: random.below(depth), &random) { fields, place, random in
      if random.below(2) == 0 { fields[place] = field } else { fields.insert(field, at: place) }
    }
  }

  /// Returns `file` with the fields of one message changed by `body`, at most `depth` levels down.
  private static func change(
    _ file: [UInt8], depth: Int, _ random: inout Choices,
    _ body: (inout [Field], Int, inout Choices) -> Void
  ) -> [UInt8] {
    guard var fields = fields(of: file), !fields.isEmpty else { return file }
    let place = random.below(fields.count)
    if depth > 0, case .bytes(let bytes) = fields[place].value, Self.fields(of: bytes) != nil {
      fields[place].value = .bytes(change(bytes, depth: depth - 1, &random, body))
    } else {
      body(&fields, place, &random)
    }
    return fields.flatMap(encoded)
  }

  private static func changed(
    _ value: Value, _ other: [UInt8], _ random: inout Choices
  ) -> Value {
    switch value {
    case .varint:
      let number = random.pick([
        0, 1, 2, 7, 64, 0x7FFF_FFFF, 0xFFFF_FFFF, UInt64(Int64.max), 1 << 63, .max,
        random.next() & 0xFF,
      ])
      return .varint(varint(number))
    case .fixed(let bytes): return .fixed(Bytes.overwrite(bytes, other, &random))
    case .bytes(let bytes):
      let texts = ["", "Conv", "Relu", "kernel_shape", "pads", "auto_pad", "input", "-1", "\0"]
      return random.below(3) == 0
        ? .bytes(Array(random.pick(texts).utf8))
        : .bytes(random.pick(Bytes.mutators)(bytes, other, &random))
    }
  }

  /// Returns the fields of a message; nil if the bytes are none.
  private static func fields(of bytes: [UInt8]) -> [Field]? {
    var fields: [Field] = []
    var place = 0
    while place < bytes.count {
      let start = place
      guard let key = readVarint(bytes, &place), key >> 3 > 0, key >> 3 < 1 << 16 else {
        return nil
      }
      let keyBytes = Array(bytes[start..<place])
      let valueStart = place
      switch key & 7 {
      case 0:
        guard readVarint(bytes, &place) != nil else { return nil }
        fields.append(Field(key: keyBytes, value: .varint(Array(bytes[valueStart..<place]))))
      case 1, 5:
        place += key & 7 == 1 ? 8 : 4
        guard place <= bytes.count else { return nil }
        fields.append(Field(key: keyBytes, value: .fixed(Array(bytes[valueStart..<place]))))
      case 2:
        guard let count = readVarint(bytes, &place), count <= UInt64(bytes.count - place) else {
          return nil
        }
        let content = Array(bytes[place..<place + Int(count)])
        fields.append(Field(key: keyBytes, value: .bytes(content)))
        place += Int(count)
      default: return nil
      }
    }
    return fields
  }

  private static func encoded(_ field: Field) -> [UInt8] {
    switch field.value {
    case .varint(let bytes), .fixed(let bytes): field.key + bytes
    case .bytes(let bytes): field.key + varint(UInt64(bytes.count)) + bytes
    }
  }

  private static func readVarint(_ bytes: [UInt8], _ place: inout Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard place < bytes.count else { return nil }
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (bytes, rest): ([UInt8], UInt64) = ([], value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
