package import Datasets
package import Execution
package import Files
package import Graphs
import Tensors

extension Graph {
  /// Returns an estimate of the bytes that an evaluation adds to the process.
  ///
  /// They are the activations of the images that pass at the same time, two batches of inputs, and a
  /// second copy of the weights in the order of the kernels.
  func evaluationBytes(of transform: Transform, context: Context) throws(InputError) -> Int {
    let size = transform.usualInputSize
    let shapes = try shapes(for: [inputChannels, size.height, size.width])
    let atOnce = max(16, min(imagesPerChunk * context.threads, Evaluator.batchSize))
    let weights = layers.reduce(0) { $0 + $1.weight.scalars.count }
    let floats =
      liveFloats(shapes) * atOnce + 2 * Evaluator.batchSize * shapes[0].count + weights
    return floats * MemoryLayout<Float>.size
  }

  /// Throws `badData` if an evaluation with `transform` cannot fit into the memory that is free.
  package func requireMemory(
    for transform: Transform, context: Context
  ) throws(InputError) {
    let needed = try evaluationBytes(of: transform, context: context)
    let free = availableMemory()
    guard needed > free else { return }
    let size = transform.usualInputSize
    throw InputError(
      .tooLarge, "cannot evaluate the network", at: name,
      because: "it needs about \(needed >> 20) MiB for images of \(size.height)×\(size.width) "
        + "pixels, and only \(free >> 20) MiB of memory are free",
      try: "use fewer --threads, smaller images (--resize, --crop) or a computer with more memory")
  }
}
