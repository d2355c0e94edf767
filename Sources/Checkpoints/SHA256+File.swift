package import Foundation
package import Hashes
package import Tensors

extension SHA256 {
  /// The hash of the file at `url`; throws `missingInput` when it cannot be opened.
  package static func hexDigest(ofFile url: URL) throws(InputError) -> String {
    hexDigest(of: try MappedFile.read(url))
  }
}
