package import Files
package import Foundation
import MixQuantKit

/// The record of an unfinished search: its trials, in a folder beside its output, so that it can resume.
///
/// A trial is kept under the hash of everything that decides it, so no trial is done twice.
package enum SearchRecord {
  /// The network, the images and the limit of all trials.
  private struct Subject: Codable {
    /// The SHA-256 of the folded network.
    let network: String
    /// The SHA-256 of the images' list, classes and transform.
    let evaluation: String
    let limit: DropLimit

    /// Returns the first difference of `other` in words, or nil.
    func difference(from other: Subject) -> String? {
      if other.network != network { return "another network" }
      if other.evaluation != evaluation { return "other images" }
      return other.limit == limit ? nil : "another limit"
    }
  }

  private static let subject = "subject"

  /// Returns the record's folder beside `output`.
  package static func url(beside output: URL) -> URL { output.appendingPathExtension("search") }

  /// Opens the record beside `output`, or begins one.
  ///
  /// - Throws: `cannotWrite` if the record belongs to another network, other images or another limit.
  static func store(
    beside output: URL, identity: WorkIdentity, limit: DropLimit
  ) throws(InputError) -> ResultStore {
    let subject = Subject(
      network: identity.network, evaluation: identity.evaluation, limit: limit)
    let url = url(beside: output)
    var store = try ResultStore(folder: url)
    let kept: Subject? = try store.value(.searches, Self.subject)
    if let difference = kept.flatMap(subject.difference) {
      throw InputError(
        .otherWork, "cannot resume the search", at: url.path,
        because: "it belongs to \(difference)",
        try: "choose another --output, or remove the folder to start again")
    }
    if kept == nil { try store.keep(subject, .searches, Self.subject) }
    return store
  }

  /// Returns true if a trial of the search that is recorded beside `output` wrote the file at `output`.
  package static func wrote(_ output: URL) -> Bool {
    guard FileManager.default.fileExists(atPath: url(beside: output).path),
      let trials: [TargetTrial] = try? ResultStore(folder: url(beside: output)).values(.trials),
      let digest = try? SHA256.hexDigest(ofFile: output)
    else { return false }
    return trials.contains { $0.fileDigest == digest }
  }

  /// Makes the record's folder beside `output` and locks it.
  ///
  /// - Throws: `cannotWrite` if the folder cannot be made or another run holds the lock.
  package static func lock(beside output: URL) throws(InputError) -> FolderLock {
    _ = try ResultStore(folder: url(beside: output))
    return try FolderLock(url(beside: output))
  }

  /// Removes the folder beside `output` if it is empty.
  package static func removeIfEmpty(beside output: URL) { rmdir(url(beside: output).path) }

  /// Removes the record beside `output`, whose search is over and whose result is written.
  package static func remove(beside output: URL) {
    try? FileManager.default.removeItem(at: url(beside: output))
  }
}
