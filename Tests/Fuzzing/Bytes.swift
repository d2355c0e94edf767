/// The mutators of any bytes.
package enum Bytes {
  package static let mutators: [Mutator] = [
    flip, overwrite, remove, repeatPart, splice, cut, integer,
  ]

  static let flip: Mutator = { file, _, random in
    guard !file.isEmpty else { return file }
    var file = file
    file[random.below(file.count)] ^= 1 << UInt8(random.below(8))
    return file
  }

  static let overwrite: Mutator = { file, _, random in
    guard !file.isEmpty else { return file }
    var file = file
    file[random.below(file.count)] = random.pick([0, 1, 0x7F, 0x80, 0xFF, UInt8(random.below(256))])
    return file
  }

  static let remove: Mutator = { file, _, random in
    var file = file
    file.removeSubrange(random.range(in: file.count))
    return file
  }

  static let repeatPart: Mutator = { file, _, random in
    var file = file
    let part = Array(file[random.range(in: file.count)])
    let place = random.below(file.count + 1)
    for _ in 0..<random.pick([1, 2, 16, 200]) where file.count + part.count < 1 << 16 {
      file.insert(contentsOf: part, at: place)
    }
    return file
  }

  static let splice: Mutator = { file, other, random in
    var file = file
    file.replaceSubrange(random.range(in: file.count), with: other[random.range(in: other.count)])
    return file
  }

  static let cut: Mutator = { file, _, random in Array(file[..<random.below(file.count + 1)]) }

  /// Sets an integer of 2, 4 or 8 bytes to a limit or to a number near the file's size.
  static let integer: Mutator = { file, _, random in
    let width = random.pick([2, 4, 8])
    guard file.count >= width else { return file }
    var file = file
    let value = random.pick([
      0, 1, UInt64(file.count), UInt64(file.count) &- 1, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF,
      0x8000_0000, UInt64(Int64.max), .max, random.next() & 0xFF,
    ])
    let isBig = random.below(2) == 0
    let place = random.below(file.count - width + 1)
    for index in 0..<width {
      let shift = UInt64(8 * (isBig ? width - 1 - index : index))
      file[place + index] = UInt8(truncatingIfNeeded: value >> shift)
    }
    return file
  }
}

/// The mutators of texts: lines and words are moved, dropped and replaced.
package enum Lines {
  package static let mutators: [Mutator] = [line, word]

  private static let words = [
    "", "-1", "0", "1000", "99999999999999999999", "n01440764", "\u{FEFF}", "é", "nan", "1e9", "\"",
    ",",
    "\t", "../x", "%", "\0",
  ]

  static let line: Mutator = { file, other, random in
    var lines = file.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
    let others = other.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
    let place = random.below(lines.count)
    switch random.below(4) {
    case 0: lines.remove(at: place)
    case 1: lines.insert(random.pick(others), at: place)
    case 2: lines[place] = random.pick(others)
    default: lines.swapAt(place, random.below(lines.count))
    }
    return Array(lines.joined(separator: [10]))
  }

  static let word: Mutator = { file, _, random in
    let separators: Set<UInt8> = Set(" \t,\n".utf8)
    let places = file.indices.filter { separators.contains(file[$0]) } + [file.count]
    let end = random.pick(places)
    let start = (places.last { $0 < end }).map { $0 + 1 } ?? 0
    var file = file
    file.replaceSubrange(start..<end, with: Array(random.pick(words).utf8))
    return file
  }
}
