/// The mutators of zip archives: one entry is changed, and sizes, offsets and the directory stay right.
package enum ZipArchive {
  /// Returns mutators that change an entry by one of `mutators`, or the list of entries.
  package static func mutators(_ mutators: [Mutator]) -> [Mutator] {
    [inEntry(mutators), inPickle(mutators), list]
  }

  private struct Entry {
    var name: [UInt8]
    var content: [UInt8]
  }

  private static func inEntry(_ mutators: [Mutator]) -> Mutator {
    { file, other, random in
      var entries = entries(of: file)
      guard !entries.isEmpty else { return Bytes.flip(file, other, &random) }
      let place = random.below(entries.count)
      let donor = Self.entries(of: other)
      let source = donor.isEmpty ? other : random.pick(donor).content
      entries[place].content = random.pick(mutators)(entries[place].content, source, &random)
      return archive(of: entries)
    }
  }

  /// Changes the pickle, where almost all of the structure is.
  private static func inPickle(_ mutators: [Mutator]) -> Mutator {
    { file, other, random in
      func isPickle(_ entry: Entry) -> Bool { entry.name.suffix(4).elementsEqual(".pkl".utf8) }
      var entries = entries(of: file)
      guard let place = entries.firstIndex(where: isPickle) else {
        return Bytes.flip(file, other, &random)
      }
      let source = Self.entries(of: other).first(where: isPickle)?.content ?? other
      entries[place].content = random.pick(mutators)(entries[place].content, source, &random)
      return archive(of: entries)
    }
  }

  private static let list: Mutator = { file, other, random in
    var entries = entries(of: file)
    guard !entries.isEmpty else { return Bytes.flip(file, other, &random) }
    let place = random.below(entries.count)
    switch random.below(5) {
    case 0: entries.remove(at: place)
    case 1: entries.swapAt(place, random.below(entries.count))
    case 2: entries.append(entries[place])
    case 3: entries[place].name = Bytes.flip(entries[place].name, other, &random)
    default:
      let donor = Self.entries(of: other)
      if !donor.isEmpty { entries[place] = random.pick(donor) }
    }
    return archive(of: entries)
  }

  /// Returns the stored entries in the order of their local headers.
  private static func entries(of file: [UInt8]) -> [Entry] {
    var entries: [Entry] = []
    let sizes = directorySizes(file)
    var place = 0
    while place + 30 <= file.count, file[place..<place + 4].elementsEqual([0x50, 0x4B, 3, 4]) {
      let start = place + 30 + integer(file, place + 26, 2)
      guard start <= file.count else { break }
      let name = Array(file[place + 30..<start])
      let content = start + integer(file, place + 28, 2)
      let end = content + (sizes[name] ?? integer(file, place + 18, 4))
      guard content <= end, end <= file.count else { break }
      entries.append(Entry(name: name, content: Array(file[content..<end])))
      place = end
      // PyTorch writes a descriptor of 16 or 24 bytes behind some entries.
      while place + 4 <= file.count,
        !file[place..<place + 2].elementsEqual([0x50, 0x4B])
          || file[place + 2] > 5
      { place += 1 }
    }
    return entries
  }

  /// Returns the size of each entry by its name, from the directory at the end.
  private static func directorySizes(_ file: [UInt8]) -> [[UInt8]: Int] {
    var sizes: [[UInt8]: Int] = [:]
    var place = file.count >= 22 ? integer(file, file.count - 22 + 16, 4) : 0
    while place + 46 <= file.count, file[place..<place + 4].elementsEqual([0x50, 0x4B, 1, 2]) {
      let end = place + 46 + integer(file, place + 28, 2)
      guard end <= file.count else { break }
      sizes[Array(file[place + 46..<end])] = integer(file, place + 24, 4)
      place = end + integer(file, place + 30, 2) + integer(file, place + 32, 2)
    }
    return sizes
  }

  private static func archive(of entries: [Entry]) -> [UInt8] {
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for entry in entries.prefix(1000) {
      let offset = file.count
      let sizes = bytes(0, 4) + bytes(entry.content.count, 4) + bytes(entry.content.count, 4)
      let common = bytes(0, 4) + bytes(0, 4) + sizes + bytes(entry.name.count, 2) + bytes(0, 2)
      file += [0x50, 0x4B, 3, 4, 0, 0] + common + entry.name + entry.content
      directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0] + common
      directory += bytes(0, 2) + bytes(0, 2) + bytes(0, 2) + bytes(0, 4)
      directory += bytes(offset, 4) + entry.name
    }
    let count = bytes(min(entries.count, 1000), 2)
    let end = bytes(directory.count, 4) + bytes(file.count, 4) + bytes(0, 2)
    return file + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + end
  }

  private static func integer(_ file: [UInt8], _ place: Int, _ count: Int) -> Int {
    guard place >= 0, place + count <= file.count else { return 0 }
    return (0..<count).reduce(0) { $0 | Int(file[place + $1]) << (8 * $1) }
  }

  private static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
