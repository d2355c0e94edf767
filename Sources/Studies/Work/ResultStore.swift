package import MixQuantKit
package import Files
package import Foundation

/// Finished work under the hash of all that decides it: in a folder that only grows, or in memory.
///
/// Equal work has equal keys, so it is done once, and a rerun finds what an interrupted run finished. A
/// file appears whole or not at all, so that a run may be ended at any moment.
package struct ResultStore: Sendable {
  /// What is kept, by the folder it is in.
  package enum Kind: String, Sendable, CaseIterable { case plans, cells, tables }

  /// `nil` keeps results in memory.
  package let folder: URL?
  private var memory: [String: Data] = [:]

  /// Opens or makes `folder`; throws `cannotWrite`.
  package init(folder: URL?) throws(InputError) {
    self.folder = folder
    guard let folder else { return }
    for kind in Kind.allCases {
      do {
        try FileManager.default.createDirectory(
          at: folder.appending(path: kind.rawValue), withIntermediateDirectories: true)
      } catch {
        throw InputError(
          .cannotWrite, "cannot keep results", at: folder.path,
          because: systemReason(error), try: "choose another folder with --output")
      }
    }
  }

  /// The value under `key`, or `nil`; throws `badData` for a file that is not such a value.
  package func value<Value: Decodable>(
    _ kind: Kind, _ key: String
  ) throws(InputError) -> Value? {
    let place = url(kind, key)?.path ?? key
    guard let data = memory[key] ?? url(kind, key).flatMap({ try? Data(contentsOf: $0) }) else {
      return nil
    }
    do { return try jsonDecoder.decode(Value.self, from: data) } catch {
      throw InputError(
        .badData, "cannot read a kept result", at: place, because: decodingReason(error),
        try: "remove the file; its work will be done again")
    }
  }

  /// Keeps `value` under `key`; throws `cannotWrite`.
  package mutating func keep(
    _ value: some Encodable, _ kind: Kind, _ key: String
  ) throws(InputError) {
    let data = Data(json(value).utf8)
    guard let url = url(kind, key) else {
      memory[key] = data
      return
    }
    try AtomicFile.write(data, to: url, overwriting: true)
  }

  private func url(_ kind: Kind, _ key: String) -> URL? {
    folder?.appending(path: kind.rawValue).appending(path: "\(key).json")
  }
}
