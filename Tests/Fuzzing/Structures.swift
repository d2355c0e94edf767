/// The mutators of JSON texts, token by token, so that most results are still JSON.
package enum Tokens {
  package static let mutators: [Mutator] = [replace, swap, remove, copy]

  private static let values = [
    "0", "-1", "1", "2", "1e308", "1e400", "-0.0", "0.5", "9223372036854775807",
    "18446744073709551616",
    "null", "true", "[]", "{}", "\"\"", "\"x\"", "[[[[[[[[]]]]]]]]", "\"\\u0000\"", "\"\\ud800\"",
    "\"9223372036854775807\"", "4096", "65536", "[1,2,3,4,5,6,7,8,9]",
  ]

  /// Returns the ranges of numbers, texts, words and signs.
  private static func tokens(_ file: [UInt8]) -> [Range<Int>] {
    var tokens: [Range<Int>] = []
    var place = 0
    let signs = Set("{}[],: \n".utf8)
    while place < file.count {
      let start = place
      if file[place] == UInt8(ascii: "\"") {
        place += 1
        while place < file.count, file[place] != UInt8(ascii: "\"") {
          place += file[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place = min(place + 1, file.count)
      } else if signs.contains(file[place]) {
        place += 1
      } else {
        while place < file.count, !signs.contains(file[place]) { place += 1 }
      }
      tokens.append(start..<place)
    }
    return tokens.filter { file[$0.lowerBound] != 32 && file[$0.lowerBound] != 10 }
  }

  private static func change(
    _ file: [UInt8], _ random: inout Choices, _ body: ([Range<Int>], inout Choices) -> [UInt8]
  ) -> [UInt8] {
    let tokens = tokens(file)
    return tokens.isEmpty ? file : body(tokens, &random)
  }

  static let replace: Mutator = { file, _, random in
    change(file, &random) { tokens, random in
      var file = file
      file.replaceSubrange(random.pick(tokens), with: Array(random.pick(values).utf8))
      return file
    }
  }

  static let swap: Mutator = { file, _, random in
    change(file, &random) { tokens, random in
      let (one, other) = (random.pick(tokens), random.pick(tokens))
      guard one.upperBound <= other.lowerBound else { return file }
      var swapped = Array(file[..<one.lowerBound])
      swapped += file[other]
      swapped += file[one.upperBound..<other.lowerBound]
      swapped += file[one]
      swapped += file[other.upperBound...]
      return swapped
    }
  }

  static let remove: Mutator = { file, _, random in
    change(file, &random) { tokens, random in
      var file = file
      file.removeSubrange(random.pick(tokens))
      return file
    }
  }

  static let copy: Mutator = { file, other, random in
    change(file, &random) { tokens, random in
      let source = Self.tokens(other)
      guard !source.isEmpty else { return file }
      var file = file
      file.replaceSubrange(random.pick(tokens), with: other[random.pick(source)])
      return file
    }
  }
}

/// The mutators of files that begin with the length of a JSON header, which stays right.
package enum HeaderedFile {
  package static let mutators: [Mutator] = Tokens.mutators.map { mutator in
    { file, other, random in
      guard let (header, body) = parts(file) else { return Bytes.flip(file, other, &random) }
      let changed = mutator(header, parts(other)?.header ?? header, &random)
      return integer(changed.count) + changed + body
    }
  }

  private static func parts(_ file: [UInt8]) -> (header: [UInt8], body: [UInt8])? {
    guard file.count >= 8 else { return nil }
    let count = file[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard count <= UInt64(file.count - 8) else { return nil }
    return (Array(file[8..<(8 + Int(count))]), Array(file[(8 + Int(count))...]))
  }

  private static func integer(_ value: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// The mutators of PNG files, chunk by chunk, with right lengths and checksums.
package enum PNGChunks {
  package static let mutators: [Mutator] = [chunk]

  static let chunk: Mutator = { file, other, random in
    var chunks = chunks(of: file)
    guard file.starts(with: signature), !chunks.isEmpty else {
      return Bytes.flip(file, other, &random)
    }
    let place = random.below(chunks.count)
    switch random.below(4) {
    case 0: chunks.remove(at: place)
    case 1: chunks.insert(random.pick(chunks), at: place)
    case 2: chunks.swapAt(place, random.below(chunks.count))
    default:
      let mutator = random.pick(Bytes.mutators)
      chunks[place].content = mutator(chunks[place].content, other, &random)
    }
    return signature + chunks.flatMap(\.bytes)
  }

  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private struct Chunk {
    let type: [UInt8]
    var content: [UInt8]

    var bytes: [UInt8] {
      let body: [UInt8] = type + content
      var all = big(UInt32(content.count))
      all += body
      all += big(crc(body))
      return all
    }

    private func big(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private func crc(_ bytes: [UInt8]) -> UInt32 {
      var sum = ~UInt32(0)
      for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 {
          let low = sum & 1
          sum >>= 1
          if low == 1 { sum ^= 0xEDB8_8320 }
        }
      }
      return ~sum
    }
  }

  private static func chunks(of file: [UInt8]) -> [Chunk] {
    var chunks: [Chunk] = []
    var place = 8
    while place + 12 <= file.count {
      let count = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard place + 12 + count <= file.count else { break }
      chunks.append(
        Chunk(
          type: Array(file[(place + 4)..<(place + 8)]),
          content: Array(file[(place + 8)..<(place + 8 + count)])))
      place += 12 + count
    }
    return chunks
  }
}

/// The mutators of pickles, opcode by opcode.
package enum Opcodes {
  package static let mutators: [Mutator] = [insert]

  /// Opcodes with arguments, in hexadecimal digits.
  private static let hexadecimal = """
    28, 29, 2e, 30, 31, 32,
    4e, 4b 00, 4b ff, 4a ff ff ff 7f, 4a 00 00 00 80, 4d ff ff,
    8a 08 ff ff ff ff ff ff ff 7f, 5d, 61, 65, 7d, 73,
    75, 74, 85, 86, 87, 52,
    62, 51, 88, 89, 71 00, 71 01,
    68 00, 68 01, 72 ff ff 00 00, 6a 00 00 00 00, 94, 58 03 00 00 00 61 62 63,
    58 ff ff ff ff, 8c 01 61, 93, 81, 92, 8f,
    90, 91, 95 00 00 00 00 00 00 00 00, 47 7f f0 00 00 00 00 00 00
    """

  private static let texts: [String] = [
    "ctorch._utils\n_rebuild_tensor_v2\n",
    "ctorch\nFloatStorage\n",
    "ccollections\nOrderedDict\n",
    "cposix\nsystem\n",
    "I01\n",
    "L99999999999999999999L\n",
    "F1e400\n",
    "S'a'\n",
  ]

  private static let codes: [[UInt8]] = {
    let codes = hexadecimal.split { $0 == "," || $0.isNewline }
      .map { code in code.split(separator: " ").compactMap { UInt8($0, radix: 16) } }
    return codes.filter { !$0.isEmpty } + texts.map { Array($0.utf8) }
  }()

  static let insert: Mutator = { file, _, random in
    var file = file
    let place = random.below(file.count + 1)
    let code = random.pick(codes)
    if random.below(2) == 0 {
      file.insert(contentsOf: code, at: place)
    } else {
      file.replaceSubrange(place..<min(file.count, place + code.count), with: code)
    }
    return file
  }
}
