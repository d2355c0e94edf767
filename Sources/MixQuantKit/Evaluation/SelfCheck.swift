package import Datasets
package import Execution
import Files
import Foundation
import Graphs
import Tensors

extension CheckpointModel {
  /// Compares the folded network with the unfolded network on eight of `images`.
  ///
  /// - Returns: A line with the largest relative difference of their logits.
  /// - Throws: `badData` if the difference is more than a rounding error; other errors if an image
  ///   cannot be read.
  package func selfCheck(
    on images: ImageSet, transform: Transform, context: Context, skipBadImages: Bool
  ) throws -> String {
    let reader = BatchReader(
      images: images.limited(to: 8), transform: transform, batchSize: 8, context: context,
      skipBadImages: skipBadImages)
    var largest = 0.0
    try reader.forEach { batch in
      let relative = network.logits(batch.images, context: context)
        .relativeDifference(from: unfolded.logits(batch.images, context: context))
      guard relative < 1e-3 else { throw misfolded(relative) }
      largest = max(largest, relative)
    }
    return String(
      format: "self-check folded against unfolded: logits differ by at most %.1e of the largest",
      largest)
  }

  private func misfolded(_ difference: Double) -> InputError {
    InputError(
      .numericFault, "folding batch normalisation changes the network", at: url.path,
      because: difference.isFinite
        ? String(format: "logits differ by %.1e of the largest", difference)
        : "its logits are not finite",
      try: "check the checkpoint's statistics: a running variance near zero causes this")
  }
}
