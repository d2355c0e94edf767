package import Datasets
import Files
import Foundation

extension ImageSet {
  /// The SHA-256 of the images' names, labels and sizes, in their order.
  package var digest: String { SHA256.hexDigest(of: Data(manifest.utf8)) }
}
