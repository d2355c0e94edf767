package import Execution
package import Files
package import Foundation
import MixQuantKit

/// Finished work under the hash of everything that decides it, in a folder or in memory.
///
/// Equal work has equal keys, so it is done once, and a rerun finds what an interrupted run finished. A
/// file appears whole or not at all, so that a run may be ended at any moment. The units of the work at
/// hand are in `states`. Of several ranks, only the first reads and writes the files, and all must call the
/// same functions in the same order.
package struct ResultStore: Sendable {
  /// The kinds of results; each has a folder.
  package enum Kind: String, Sendable { case plans, cells, tables, searches, trials }

  /// The folder of the packed files.
  private static let packed = "packed"

  /// `nil` keeps results in memory.
  package let folder: URL?
  private var memory: [String: Data] = [:]
  private let ranks: Ranks

  /// Opens or makes `folder`; throws `cannotWrite`.
  package init(folder: URL?, ranks: Ranks = .alone) throws(InputError) {
    self.folder = folder
    self.ranks = ranks
    guard let folder else { return }
    try onFirst { () throws(InputError) in try Self.make(folder) }
  }

  /// Runs `body` on the first rank; the others wait for it.
  func onFirst(_ body: () throws(InputError) -> Void) throws(InputError) {
    _ = try ranks.fromFirst { () throws(InputError) in
      try body()
      return Data()
    }
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
    let url = url(kind, key)
    let place = url?.path ?? key
    // No value is empty text.
    let data = if let url { try read(url) } else { memory[key] ?? Data() }
    guard !data.isEmpty else { return nil }
    do { return try jsonDecoder.decode(Value.self, from: data) } catch {
      throw InputError(
        .badKeptResult, "cannot read a kept result", at: place, because: decodingReason(error),
        try: "remove the file; its work will be done again")
    }
  }

  /// Returns the bytes of a file in the folder, the same on all ranks; none if there is no such file.
  func read(_ url: URL) throws(InputError) -> Data {
    try ranks.fromFirst { () throws(InputError) in
      AtomicFile.type(at: url) == nil ? Data() : try InputFile.read(url)
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
    try onFirst { () throws(InputError) in
      try Self.make(url.deletingLastPathComponent())
      try AtomicFile.write(data, to: url, overwriting: true)
    }
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

extension ResultStore {
  /// Returns true if `folder` holds finished plans, cells or units.
  package static func hasResults(in folder: URL) -> Bool {
    ["plans", "cells", "states"].contains { name in
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: name).path)
      return names?.contains { !$0.hasPrefix(".") } == true
    }
  }

  /// Removes `folder` and the folders of its kinds of results, unless one of them holds anything.
  package static func removeIfEmpty(_ folder: URL) {
    for name in ["plans", "cells", "states", packed] { rmdir(folder.appending(path: name).path) }
    rmdir(folder.path)
  }

  /// Returns the file for the units of unfinished work, or nil if results are in memory.
  ///
  /// - Throws: `cannotWrite` if its folder cannot be made.
  func stateURL(_ key: String) throws(InputError) -> URL? {
    guard let states = folder?.appending(path: "states") else { return nil }
    try Self.make(states)
    return states.appending(path: "\(key).state")
  }

  /// Removes the units of work that is kept now, and their folder if it is empty.
  func removeState(_ key: String) {
    guard let states = folder?.appending(path: "states"), ranks.isFirst else { return }
    StateFile.remove(states.appending(path: "\(key).state"))
    rmdir(states.path)
  }

  /// Keeps a file under its own name in the folder `packed`; throws `cannotWrite`.
  func keep(_ bytes: Data, name: String) throws(InputError) {
    guard let packed = folder?.appending(path: Self.packed) else { return }
    try onFirst { () throws(InputError) in
      try Self.make(packed)
      try AtomicFile.write(bytes, to: packed.appending(path: name), overwriting: true)
    }
  }

  /// Returns the file of this name in the folder `packed`, or nil if there is none with this SHA-256.
  func file(_ name: String, digest: String) throws(InputError) -> Data? {
    guard let url = folder?.appending(path: Self.packed).appending(path: name) else { return nil }
    let bytes = try read(url)
    return SHA256.hexDigest(of: bytes) == digest ? bytes : nil
  }
}
