import Datasets
import Execution
import Graphs
import Reconstruction

/// The estimated time and memory of a reconstruction.
package struct RunEstimate: Codable, Equatable, Sendable {
  package let seconds: Double
  /// The part of `seconds` for the activation stage, which follows the weight stage.
  package let activationSeconds: Double
  /// The peak of the process's resident memory, in bytes.
  package var bytes: Int
  /// The peak with caches in files, which is the least that the run needs.
  package let leastBytes: Int
  /// The seconds that the probe took.
  package let probeSeconds: Double
}

extension Quantizer {
  /// Returns the estimated time and memory of the recipe, or nil if it reconstructs nothing.
  ///
  /// A probe reads one batch of images and passes it through all units. Each unit that differs from
  /// those before it runs its first steps. This takes less than 3 % of a run of 100 steps or more.
  ///
  /// - Throws: An error if an image cannot be read.
  package func estimate() throws -> RunEstimate? {
    guard recipe.method.needsImages, let images else { return nil }
    returnFreedMemory()
    let (costs, seconds) = try timed {
      try ReconstructionProbe(network, recipe: recipe, images: images, context: context).costs
    }
    returnFreedMemory()
    let count = images.images.items.count
    return RunEstimate(
      seconds: costs.seconds(images: count),
      activationSeconds: costs.activationSeconds(images: count),
      bytes: costs.bytes(images: count, inFiles: false),
      leastBytes: costs.bytes(images: count, inFiles: true), probeSeconds: seconds)
  }
}
