/// A checkpoint that torchvision publishes, recognised by the beginning of its SHA-256.
///
/// torchvision puts the first eight digits of the hash into the file's name. Source of the numbers: the
/// metadata of torchvision's weights.
package struct PublishedWeights: Sendable, Equatable {
  /// The first eight digits of the file's SHA-256.
  package let digest: String
  /// The evaluation transform for these weights.
  package let transform: Transform
  /// The top-1 accuracy on ImageNet's validation images in percent.
  package let top1: Double

  /// Returns the published weights with this SHA-256, or nil if they are not torchvision's.
  package static func find(digest: String) -> PublishedWeights? {
    all.first { digest.hasPrefix($0.digest) }
  }

  /// Returns the published weights with this file name, such as `resnet50-11ad3fa6.pth`.
  package static func find(fileName: String) -> PublishedWeights? {
    all.first { fileName.contains("-\($0.digest)") }
  }

  private static let all =
    [
      ("f37072fd", 69.758), ("b627a593", 73.314), ("0676ba61", 76.13), ("63fe2227", 77.374),
      ("394f9c45", 78.312), ("7cdf4587", 77.618), ("8ba56ff5", 79.312), ("95faca4d", 78.468),
      ("32ee1156", 78.848),
    ].map { PublishedWeights(digest: $0.0, transform: .torchvision, top1: $0.1) }
    + [
      ("11ad3fa6", 80.858), ("cd907fc2", 81.886), ("f82ba261", 82.284), ("1a0047aa", 81.198),
      ("110c445d", 82.834), ("173b62eb", 83.246), ("9ba9bcbe", 81.602), ("d733dc28", 82.51),
    ].map { PublishedWeights(digest: $0.0, transform: .torchvisionV2, top1: $0.1) }
}
