import Datasets
import Execution
import Graphs
import Reconstruction

/// What a reconstruction will take, told before it starts.
package struct RunEstimate: Codable, Equatable, Sendable {
  package let seconds: Double
  /// The process's peak resident memory.
  package var bytes: Int
  /// The same where caches lie in files: the least that the run can do with.
  package let leastBytes: Int
  /// What it took to find out.
  package let probeSeconds: Double
}

extension Quantizer {
  /// Time and memory that `recipe` will take on these images; none where it reconstructs nothing.
  ///
  /// Found by a probe: one batch of images is read and carried through all units, and every unit that
  /// differs from those before it makes its first steps. That is under 3 % of a run of 100 steps or more.
  /// Throws where the images cannot be read.
  package func estimate() throws -> RunEstimate? {
    guard recipe.method.needsImages, let images else { return nil }
    returnFreedMemory()
    let (costs, seconds) = try timed {
      try ReconstructionProbe(network, recipe: recipe, images: images, workers: workers).costs
    }
    returnFreedMemory()
    let count = images.images.items.count
    return RunEstimate(
      seconds: costs.seconds(images: count), bytes: costs.bytes(images: count, inFiles: false),
      leastBytes: costs.bytes(images: count, inFiles: true), probeSeconds: seconds)
  }
}
