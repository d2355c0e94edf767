package import Files
package import Foundation

/// Finished work under the hash of everything that decides it, in a folder or in memory.
///
/// Equal work has equal keys, so it is done once, and a rerun finds what an interrupted run finished. A
/// file appears whole or not at all, so that a run may be ended at any moment.
package struct ResultStore: Sendable {
  /// The kinds of results; each has a folder.
  package enum Kind: String, Sendable { case plans, cells, tables, searches, trials }

  /// `nil` keeps results in memory.
  package let folder: URL?
  private var memory: [String: Data] = [:]

  /// Opens or makes `folder`; throws `cannotWrite`.
  package init(folder: URL?) throws(InputError) {
    self.folder = folder
    guard let folder else { return }
    try Self.make(folder)
  }

  private static func make(_ folder: URL) throws(InputError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw InputError(
        .cannotWrite, "cannot keep results", at: folder.path, because: systemReason(error),
        try: "choose another folder with --output")
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
    try Self.make(url.deletingLastPathComponent())
    try AtomicFile.write(data, to: url, overwriting: true)
  }

  /// Returns all values of one kind in a folder; throws `badData` for a file that is not such a value.
  package func values<Value: Decodable>(_ kind: Kind) throws(InputError) -> [Value] {
    guard let folder = folder?.appending(path: kind.rawValue) else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var values: [Value] = []
    for name in names.sorted() where name.hasSuffix(".json") {
      if let value: Value = try value(kind, String(name.dropLast(5))) { values.append(value) }
    }
    return values
  }

  private func url(_ kind: Kind, _ key: String) -> URL? {
    folder?.appending(path: kind.rawValue).appending(path: "\(key).json")
  }
}
