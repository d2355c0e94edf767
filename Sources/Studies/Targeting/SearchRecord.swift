package import MixQuantKit
import Files
package import Foundation

/// The trials of a search that is not over, in a file beside its output, so that an interrupted search can
/// go on: trials are told by the hash of all that decides them, and none is done twice.
package struct TargetRecord: Codable, Equatable, Sendable {
  /// SHA-256 of the folded network.
  let network: String
  /// SHA-256 of the images' list, classes and transform.
  let evaluation: String
  let limit: DropLimit
  private(set) var trials: [TargetTrial] = []

  init(_ identity: WorkIdentity, limit: DropLimit) {
    network = identity.network
    evaluation = identity.evaluation
    self.limit = limit
  }

  /// The record's place beside `output`.
  package static func url(beside output: URL) -> URL {
    output.appendingPathExtension("search.json")
  }

  /// The record beside `output`, or a new one.
  ///
  /// Throws `badData` for another file, and `cannotWrite` where the record is of another network, of other
  /// images or of another limit.
  init(beside output: URL, identity: WorkIdentity, limit: DropLimit) throws(InputError) {
    let url = Self.url(beside: output)
    self.init(identity, limit: limit)
    guard let data = try? Data(contentsOf: url) else { return }
    let kept: TargetRecord
    do { kept = try jsonDecoder.decode(TargetRecord.self, from: data) } catch {
      throw InputError(
        .badData, "cannot go on with the search", at: url.path, because: decodingReason(error),
        try: "remove the file to begin anew")
    }
    let difference: String? =
      if kept.network != network {
        "another network"
      } else if kept.evaluation != evaluation {
        "other images"
      } else if kept.limit != limit {
        "another limit"
      } else { nil }
    if let difference {
      throw InputError(
        .cannotWrite, "cannot go on with the search", at: url.path,
        because: "it is of \(difference)",
        try: "choose another --output, or remove the file to begin anew")
    }
    self = kept
  }

  /// Whether the file at `output` was written by a trial of the search that is recorded beside it.
  package static func wrote(_ output: URL) -> Bool {
    guard let data = try? Data(contentsOf: url(beside: output)),
      let record = try? jsonDecoder.decode(TargetRecord.self, from: data),
      let digest = try? SHA256.hexDigest(ofFile: output)
    else { return false }
    return record.trials.contains { $0.fileDigest == digest }
  }

  /// The finished trial under `key`.
  subscript(key: String) -> TargetTrial? { trials.first { $0.key == key } }

  mutating func add(_ trial: TargetTrial) {
    trials.removeAll { $0.key == trial.key }
    trials.append(trial)
  }

  func write(beside output: URL) throws(InputError) {
    try AtomicFile.write(
      Data(json(self, isPretty: true).utf8), to: Self.url(beside: output), overwriting: true)
  }

  /// Removes the record beside `output`, whose search is over.
  static func remove(beside output: URL) {
    try? FileManager.default.removeItem(at: url(beside: output))
  }
}
