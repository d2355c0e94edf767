import Checkpoints
import Foundation
import MixQuantKit
import Tensors

/// The mutators of packed files, whose checksums stay right: without them, every change would be found there.
package enum SealedFile {
  package static let mutators: [Mutator] = [metadata, metadata, tensor]

  /// Changes a token of the JSON text in one of the metadata.
  static let metadata: Mutator = { file, other, random in
    guard let packed = read(file), !packed.metadata.isEmpty else {
      return Bytes.flip(file, other, &random)
    }
    var metadata = packed.metadata
    let key = random.pick(metadata.keys.sorted())
    let text = Array((metadata[key] ?? "").utf8)
    let donor = read(other)?.metadata[key].map { Array($0.utf8) } ?? text
    var changed = text
    for _ in 0..<random.pick([1, 1, 1, 2, 4]) {
      changed = random.pick(Tokens.mutators)(changed, donor, &random)
    }
    metadata[key] = random.below(20) == 0 ? nil : String(decoding: changed, as: UTF8.self)
    return sealed(SafetensorsFile(entries: packed.entries, metadata: metadata))
  }

  /// Changes the bytes, the length or the presence of a tensor.
  static let tensor: Mutator = { file, other, random in
    guard let packed = read(file), !packed.entries.isEmpty else {
      return Bytes.flip(file, other, &random)
    }
    var entries = packed.entries
    let place = random.below(entries.count)
    let entry = entries[place]
    switch random.below(4) {
    case 0: entries.remove(at: place)
    case 1:
      let count = max(1, entry.shape.count + random.pick([-1, 1, 7, -entry.shape.count]))
      let bytes = count * entry.elementType.byteCount
      let data = entry.data.prefix(bytes) + Data(count: max(0, bytes - entry.data.count))
      entries[place] = SafetensorsEntry(
        name: entry.name, elementType: entry.elementType, shape: [count], data: Data(data))
    default:
      var data = [UInt8](entry.data)
      for _ in 0..<random.pick([1, 4, 64]) where !data.isEmpty {
        data[random.below(data.count)] = random.pick([
          0, 0x7F, 0x80, 0xFF, UInt8(random.below(256)),
        ])
      }
      entries[place] = SafetensorsEntry(
        name: entry.name, elementType: entry.elementType, shape: entry.shape, data: Data(data))
    }
    return sealed(SafetensorsFile(entries: entries, metadata: packed.metadata))
  }

  private static func read(_ file: [UInt8]) -> SafetensorsFile? {
    try? SafetensorsFile(Data(file), place: "input")
  }

  private static func sealed(_ file: SafetensorsFile) -> [UInt8] {
    [UInt8](PackedChecksums.sealing(file).encoded)
  }
}
