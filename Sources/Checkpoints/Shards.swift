internal import Files
internal import Foundation

/// The index of a checkpoint in several files, `model.safetensors.index.json`.
///
/// Source: the "sharded checkpoints" of Hugging Face's libraries.
struct ShardIndex {
  private struct Content: Decodable { let weight_map: [String: String] }

  /// The file of each tensor, by the tensor's name.
  let files: [String: String]

  static func isIndex(_ url: URL) -> Bool { url.lastPathComponent.hasSuffix(".index.json") }

  init(_ bytes: Data, place: String) throws(InputError) {
    do { files = try JSONDecoder().decode(Content.self, from: bytes).weight_map } catch {
      throw .unreadable(place, because: decodingReason(error))
    }
    guard !files.isEmpty else { throw .unreadable(place, because: "its weight_map is empty") }
    for name in Set(files.values) where name.contains("/") || name.hasPrefix(".") {
      throw .unreadable(
        place, because: "its weight_map names '\(name)', which is not a file in its folder")
    }
  }

  /// The names of all files, in order.
  var fileNames: [String] { Set(files.values).sorted() }

  /// Throws `badData` unless the shards hold exactly the tensors of the index.
  func check(_ names: [String], place: String) throws(InputError) {
    let present = Set(names)
    if let missing = files.keys.filter({ !present.contains($0) }).min() {
      throw .unreadable(
        "\(place): \(missing)", because: "it is not in the shard \(files[missing] ?? "")")
    }
    guard present.count == names.count else {
      throw .unreadable(place, because: "two shards hold the same tensor")
    }
  }
}
