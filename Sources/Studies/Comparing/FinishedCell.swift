import Checkpoints
import Files
import Foundation
import MixQuantKit

/// The score of a cell and its packed file, as a rank passes them to the others.
struct FinishedCell {
  let score: CellScore
  let packed: PackedModel

  init(score: CellScore, packed: PackedModel) {
    self.score = score
    self.packed = packed
  }

  /// The length of the score's JSON, the JSON and the bytes of the packed file.
  var encoded: Data {
    let text = Data(json(score).utf8)
    return withUnsafeBytes(of: Int64(text.count)) { Data($0) } + text + packed.encoded.encoded
  }

  /// Reads what `encoded` returned; throws if another program wrote it.
  ///
  /// - Parameter place: The name of the cell for messages.
  init(_ bytes: Data, at place: String) throws {
    let size = Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) })
    let text = bytes.dropFirst(MemoryLayout<Int64>.size).prefix(size)
    score = try jsonDecoder.decode(CellScore.self, from: Data(text))
    packed = try PackedModel(
      SafetensorsFile(Data(bytes.suffix(from: text.endIndex)), place: place), at: place)
  }
}
