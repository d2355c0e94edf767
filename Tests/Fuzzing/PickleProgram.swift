/// The mutators of pickles that keep instructions whole: they are removed, repeated, moved, swapped with those
/// of another pickle, and their arguments are changed.
package enum PickleProgram {
  package static let mutators: [Mutator] = [instructions, arguments]

  static let instructions: Mutator = { file, other, random in
    var parts = parts(of: file)
    guard !parts.isEmpty else { return file }
    let place = random.below(parts.count)
    switch random.below(5) {
    case 0: parts.remove(at: place)
    case 1: parts.insert(parts[place], at: random.below(parts.count + 1))
    case 2: parts.swapAt(place, random.below(parts.count))
    case 3:
      let start = random.below(parts.count)
      let stretch = parts[start..<min(parts.count, start + random.pick([2, 5, 20]))]
      parts.insert(contentsOf: stretch, at: random.below(parts.count + 1))
    default:
      let donor = Self.parts(of: other)
      guard !donor.isEmpty else { return file }
      parts[place] = random.pick(donor)
    }
    return Array(parts.joined())
  }

  /// Changes an integer or the content of a text, whose length stays right.
  static let arguments: Mutator = { file, other, random in
    var parts = parts(of: file)
    let places = parts.indices.filter { parts[$0].count > 1 }
    guard !places.isEmpty else { return file }
    let place = random.pick(places)
    let part = parts[place]
    switch part[0] {
    case 0x58 where part.count >= 5:
      let text = random.pick(Bytes.mutators)(Array(part[5...]), other, &random)
      parts[place] =
        [0x58] + (0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
    case 0x8C where part.count >= 2:
      let text = random.pick(Bytes.mutators)(Array(part[2...]), other, &random).prefix(255)
      parts[place] = [0x8C, UInt8(text.count)] + text
    case 0x4A, 0x4B, 0x4D, 0x8A:
      parts[place] = random.pick([
        [0x4B, 0], [0x4B, 1], [0x4B, 64], [0x4A, 255, 255, 255, 255], [0x4A, 255, 255, 255, 127],
        [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127], [0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 128],
        [0x8A, 0], [0x4E], [0x88], [0x47, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0],
      ])
    default:
      parts[place] = [part[0]] + Bytes.overwrite(Array(part.dropFirst()), other, &random)
    }
    return Array(parts.joined())
  }

  /// Returns the instructions; the last part is what no longer is one, such as the storages of old files.
  private static func parts(of file: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var place = 0
    while place < file.count, parts.count < 20_000 {
      guard let length = length(file, place), place + length <= file.count else { break }
      parts.append(Array(file[place..<place + length]))
      place += length
    }
    if place < file.count { parts.append(Array(file[place...])) }
    return parts
  }

  private static let fixed: [UInt8: Int] = [
    0x80: 2, 0x95: 9, 0x4A: 5, 0x4B: 2, 0x4D: 3, 0x47: 9, 0x68: 2, 0x6A: 5, 0x71: 2, 0x72: 5,
  ]
  /// The bytes of the length before the content.
  private static let counted: [UInt8: Int] = [
    0x8A: 1, 0x8B: 4, 0x58: 4, 0x8C: 1, 0x8D: 8, 0x54: 4, 0x55: 1, 0x42: 4, 0x43: 1, 0x8E: 8,
    0x96: 8,
  ]
  /// The number of lines behind an instruction.
  private static let lines: [UInt8: Int] = [
    0x49: 1, 0x4C: 1, 0x46: 1, 0x53: 1, 0x56: 1, 0x67: 1, 0x70: 1, 0x63: 2, 0x69: 2,
  ]

  private static func length(_ file: [UInt8], _ place: Int) -> Int? {
    let code = file[place]
    if let length = fixed[code] { return length }
    if let width = counted[code] {
      guard place + 1 + width <= file.count else { return nil }
      let count = (0..<width).reduce(UInt64(0)) {
        $0 | UInt64(file[place + 1 + $1]) << UInt64(8 * $1)
      }
      return count < UInt64(file.count) ? 1 + width + Int(count) : nil
    }
    var end = place + 1
    for _ in 0..<(lines[code] ?? 0) {
      guard let next = file[end...].firstIndex(of: 10) else { return nil }
      end = next + 1
    }
    return end - place
  }
}
