package import Checkpoints
import Datasets
package import Files
package import Foundation
package import Graphs
package import Networks
import Tensors

/// What a command line may say about a checkpoint.
package struct CheckpointOptions: Equatable, Sendable {
  package var architecture: ArchitectureOptions
  /// Of plain weights and their moving averages, take the averages.
  package var preferEMA: Bool

  package init(architecture: ArchitectureOptions = .init(), preferEMA: Bool = false) {
    self.architecture = architecture
    self.preferEMA = preferEMA
  }
}

/// A full-precision model: the network of a checkpoint with what is known about its classes.
package struct CheckpointModel: Sendable {
  package let url: URL
  package let file: CheckpointFile
  /// With batch normalisation apart, as the checkpoint has it.
  package let unfolded: Graph
  /// The same map with batch normalisation folded: what is evaluated and quantized.
  package let network: Graph
  package let report: ArchitectureReport
  /// One a class, from the configuration beside the checkpoint.
  package let labelNames: [String]?

  /// Reads `url` and the configuration beside it; throws what the readers throw, and `badData` for a
  /// packed file, which has no full-precision weights, and where folding overflows.
  package init(contentsOf url: URL, options: CheckpointOptions = .init()) throws(InputError) {
    self.url = url
    file = try Checkpoint.read(url, preferEMA: options.preferEMA)
    guard !PackedModel.isPacked(metadata: file.metadata) else {
      throw InputError(
        .badData, "needs a full-precision checkpoint", at: url.path,
        because: "this is a packed file, already quantized by mixq",
        try: "give the checkpoint that it was made from")
    }
    let configuration: ModelConfiguration? =
      if let beside = TransformChoice.configurationURL(besideModel: url) {
        try ModelConfiguration(contentsOf: beside)
      } else { nil }
    let architecture =
      configuration?.options(overriddenBy: options.architecture) ?? options.architecture
    do { (unfolded, report) = try buildNetwork(file.stateDict, options: architecture) } catch {
      throw InputError(
        error.kind, error.what, at: "\(url.path): \(error.place)", because: error.reason,
        try: error.remedy)
    }
    network = unfolded.foldingBatchNorm()
    labelNames = configuration?.labelNames
    try requireFiniteFolding()
  }

  private func requireFiniteFolding() throws(InputError) {
    for layer in network.layers {
      guard layer.weight.firstNonFinite == nil, (layer.bias ?? []).allSatisfy(\.isFinite) else {
        throw InputError(
          .badData, "cannot fold batch normalisation", at: "\(url.path): \(layer.name)",
          because: "its weights or biases are not finite then",
          try: "a running variance near zero does this; look at the checkpoint's statistics")
      }
    }
  }

  /// The bytes of all weights and biases as Float32, batch normalisation folded.
  package var payloadBytes: Int {
    network.layers.reduce(0) {
      $0 + ($1.weight.scalars.count + ($1.bias?.count ?? 0)) * MemoryLayout<Float>.size
    }
  }
}
