package import Foundation

extension SHA256 {
  /// Returns the hash of the file at `url`; throws `missingInput` if it cannot be opened.
  package static func hexDigest(ofFile url: URL) throws(InputError) -> String {
    hexDigest(of: try MappedFile.read(url))
  }

  /// Returns the hash of the bytes of all files, one after the other.
  ///
  /// `cat FILES | sha256sum` prints the same.
  ///
  /// - Throws: `missingInput` if a file cannot be opened.
  package static func hexDigest(ofFiles urls: [URL]) throws(InputError) -> String {
    var hash = SHA256()
    for url in urls { hash.update(try MappedFile.read(url)) }
    return hash.finalize()
  }
}
