package import Checkpoints
import Files
import Foundation

/// The checksums by which a reader finds damage to a packed file.
///
/// The metadata hold the SHA-256 of every tensor's bytes, in the order of the tensors, and one SHA-256 of
/// all other metadata.
package enum PackedChecksums {
  private typealias Key = PackedModel.Key

  /// Returns `file` with checksums in its metadata.
  package static func sealing(_ file: SafetensorsFile) -> SafetensorsFile {
    var metadata = file.metadata
    metadata[Key.checksums] = json(file.entries.map { SHA256.hexDigest(of: $0.data) })
    metadata[Key.metadataChecksum] = digest(ofMetadata: metadata)
    return SafetensorsFile(entries: file.entries, metadata: metadata)
  }

  /// Returns a line for each part of `file` that does not match its checksum; none if all match.
  static func mismatches(in file: SafetensorsFile) -> [String] {
    guard let text = file.metadata[Key.checksums],
      let expected = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    else { return ["it has no \(Key.checksums)"] }
    var lines: [String] = []
    if file.metadata[Key.metadataChecksum] != digest(ofMetadata: file.metadata) {
      lines.append("the metadata do not match their SHA-256")
    }
    guard expected.count == file.entries.count else {
      return lines + ["it has \(expected.count) checksums for \(file.entries.count) tensors"]
    }
    for (entry, digest) in zip(file.entries, expected)
    where SHA256.hexDigest(of: entry.data) != digest {
      lines.append("the tensor \(entry.name) does not match its SHA-256")
    }
    return lines
  }

  /// Returns the SHA-256 of a line KEY and a line VALUE for every key except its own, sorted by key.
  private static func digest(ofMetadata metadata: [String: String]) -> String {
    var hash = SHA256()
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != Key.metadataChecksum {
      hash.update("\(key)\n\(value)\n".utf8)
    }
    return hash.finalize()
  }
}
