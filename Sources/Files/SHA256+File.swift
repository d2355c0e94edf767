package import Foundation

extension SHA256 {
  /// Returns the hash of the file at `url`; throws `missingInput` if it cannot be opened.
  package static func hexDigest(ofFile url: URL) throws(InputError) -> String {
    hexDigest(of: try InputFile.read(url))
  }
}
