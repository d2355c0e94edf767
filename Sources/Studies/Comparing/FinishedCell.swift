import Files
import Foundation
import MixQuantKit

/// The score of a cell and the bytes of its packed file, as a rank passes them to the others.
struct FinishedCell {
  let score: CellScore
  let file: Data

  init(_ outcome: Trial.Outcome, reference: Predictions) {
    file = outcome.packed.fileBytes
    score = CellScore(outcome, file: SHA256.hexDigest(of: file), reference: reference)
  }

  /// The length of the score's JSON, the JSON and the bytes of the packed file.
  var encoded: Data {
    let text = Data(json(score).utf8)
    return withUnsafeBytes(of: Int64(text.count)) { Data($0) } + text + file
  }

  /// Reads what `encoded` returned; throws if another program wrote it.
  init(_ bytes: Data) throws {
    let size = Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) })
    let text = bytes.dropFirst(MemoryLayout<Int64>.size).prefix(size)
    score = try jsonDecoder.decode(CellScore.self, from: Data(text))
    file = Data(bytes.suffix(from: text.endIndex))
  }
}
