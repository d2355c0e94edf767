package import Datasets
package import Execution
import Files
import Foundation
import Graphs
import Tensors

extension CheckpointModel {
  /// Compares the folded network with the unfolded one on eight of `images`, before any work.
  ///
  /// Returns the largest relative difference of their logits as a line; throws where it is no rounding
  /// error, and what reading throws.
  package func selfCheck(
    on images: ImageSet, transform: Transform, workers: Workers, skipBadImages: Bool
  ) throws -> String {
    let reader = BatchReader(
      images: images.limited(to: 8), transform: transform, batchSize: 8, workers: workers,
      skipBadImages: skipBadImages)
    var largest = 0.0
    try reader.forEach { batch in
      let relative = network.logits(batch.images, workers: workers)
        .relativeDifference(from: unfolded.logits(batch.images, workers: workers))
      guard relative < 1e-3 else { throw misfolded(relative) }
      largest = max(largest, relative)
    }
    return String(
      format: "self-check folded against unfolded: logits differ by at most %.1e of the largest",
      largest)
  }

  private func misfolded(_ difference: Double) -> InputError {
    InputError(
      .badData, "folding batch normalisation changes the network", at: url.path,
      because: difference.isFinite
        ? String(format: "logits differ by %.1e of the largest", difference)
        : "its logits are not finite",
      try: "a running variance near zero does this; look at the checkpoint's statistics")
  }
}
