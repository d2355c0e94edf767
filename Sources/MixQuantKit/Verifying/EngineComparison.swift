import Datasets
import Execution
import Files
import Foundation
import Graphs
import Quantization
import Tensors

/// A comparison of all ways to compute a packed network, on a few images.
struct EngineComparison {
  /// A way to compute logits.
  struct Engine {
    let name: String
    /// The largest difference from the first engine, relative to the largest logit; 0 for equal bits.
    let tolerance: Double
    let logits: (Tensor) -> Tensor
  }

  /// The number of images to compute.
  static let imageCount = 16

  private let packed: PackedModel

  init(_ packed: PackedModel) { self.packed = packed }

  /// Returns the ways to compute the network for images of `shape` (C, H, W); the first is the reference.
  ///
  /// Sums in single precision differ in their order, so a code may differ by one and change later ones.
  private func engines(for shape: Shape, context: Context) -> [Engine] {
    let network = packed.network
    let inference = Classifier(network).inference(inputShape: shape, context: context)
    return [
      Engine(name: "node by node", tolerance: 0) { network($0) },
      Engine(name: "as evaluate", tolerance: 0.05) { inference.logits(of: $0, context: context) },
    ]
  }

  /// Adds a check for each engine but the first to `verification`.
  func add(to verification: inout Verification, images: ImageSet, context: Context) throws {
    let few = images.limited(to: Self.imageCount)
    let reader = BatchReader(
      images: few, transform: packed.transform, batchSize: Self.imageCount, context: context)
    try reader.forEach { batch in
      let engines = engines(for: batch.images.imageShape, context: context)
      let expected = engines[0].logits(batch.images)
      for engine in engines.dropFirst() {
        let logits = engine.logits(batch.images)
        let difference = logits.relativeDifference(from: expected)
        let agreement = zip(logits.argmaxOfRows(), expected.argmaxOfRows()).count { $0 == $1 }
        let detail =
          "\(engine.name) against \(engines[0].name): \(agreement) of \(batch.items.count) images in "
          + "the same class, " + String(format: "logits within %.1e of the largest", difference)
        let isFinite = logits.scalars.allSatisfy(\.isFinite)
        verification.add(
          "images", detail,
          mismatches: isFinite && difference <= engine.tolerance ? [] : [detail])
      }
    }
  }
}
