import Datasets
import Execution
import Files
import Foundation
import Graphs
import Quantization
import Tensors

/// A comparison of all ways to compute a packed network, on a few images.
///
/// A network with codes has one arithmetic: integer kernels, their plain twins and float kernels on codes
/// must give the same bits. For a network without codes, the compiled program is compared with the graph
/// node by node, which sums in another order.
struct EngineComparison {
  /// The number of images to compute.
  private static let imageCount = 16
  /// The largest difference between two orders of sums, relative to the largest logit.
  private static let tolerance = 1e-3

  private let packed: PackedModel

  init(_ packed: PackedModel) { self.packed = packed }

  /// Adds the result of the comparison to `verification`.
  ///
  /// - Throws: An error if an image cannot be read.
  func add(to verification: inout Verification, images: ImageSet, context: Context) throws {
    let reader = BatchReader(
      images: images.limited(to: Self.imageCount), transform: packed.transform,
      batchSize: Self.imageCount, context: context,
      form: Classifier(packed.network).form(of: packed.transform))
    try reader.forEach { batch in
      if case .pixels(let pixels) = batch.input,
        let check = EngineCheck(packed.network, on: pixels, context: context)
      {
        verification.add(
          "engines",
          "integer kernels, plain twins and float kernels on codes: equal bits on \(check.images) images",
          mismatches: check.differences.map(\.line))
      } else {
        add(floats: batch.images, to: &verification, context)
      }
    }
  }

  private func add(
    floats images: Tensor, to verification: inout Verification, _ context: Context
  ) {
    let inference = Classifier(packed.network)
      .inference(inputShape: images.imageShape, context: context)
    let logits = inference.logits(of: .floats(images), context: context)
    let difference = logits.relativeDifference(from: packed.network(images))
    let detail =
      "the compiled program and the graph on \(images.rowCount) images: "
      + String(format: "logits within %.1e of the largest", difference)
    let isNear = logits.scalars.allSatisfy(\.isFinite) && difference <= Self.tolerance
    verification.add("engines", detail, mismatches: isNear ? [] : [detail])
  }
}

extension EngineCheck.Difference {
  /// The difference as one line.
  fileprivate var line: String {
    "\(computation) differ from the plain twins: image \(image), class \(classIndex): \(logit), not "
      + "\(expected)"
  }
}
