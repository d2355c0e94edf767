package import Checkpoints
package import Datasets
package import Files
package import Foundation
package import Graphs
package import Networks
import Tensors

/// The options of a user about a checkpoint.
package struct CheckpointOptions: Equatable, Sendable {
  package var architecture: ArchitectureOptions
  /// True to prefer moving averages of weights (EMA) if the file has both.
  package var preferEMA: Bool

  package init(architecture: ArchitectureOptions = .init(), preferEMA: Bool = false) {
    self.architecture = architecture
    self.preferEMA = preferEMA
  }
}

/// A full-precision model: the network of a checkpoint and the names of its classes.
package struct CheckpointModel: Sendable {
  package let url: URL
  package let file: CheckpointFile
  /// The network as in the checkpoint, with its batch normalisations.
  package let unfolded: Graph
  /// The network with folded batch normalisations, which is evaluated and quantized.
  package let network: Graph
  package let report: ArchitectureReport
  /// The name of each class, if the configuration beside the checkpoint or the file itself has them.
  package let labelNames: [String]?
  /// The file, and the other files that hold its tensors.
  private let files: [URL]
  /// The transform that the file itself states, if it does.
  private let ownTransform: TransformChoice?

  /// Reads `url` and the configuration beside it.
  ///
  /// - Throws: The errors of the readers, and `badData` if the file is a packed file or if folding
  ///   overflows.
  package init(contentsOf url: URL, options: CheckpointOptions = .init()) throws(InputError) {
    self.url = url
    let configuration: ModelConfiguration? =
      if let beside = TransformChoice.configurationURL(besideModel: url) {
        try ModelConfiguration(contentsOf: beside)
      } else { nil }
    if try ONNXFile.isONNX(url) {
      let model = try ONNXModelFile(contentsOf: url, options: options)
      (file, files) = (model.file, model.urls)
      (unfolded, report) = (model.network.graph, model.network.report)
      ownTransform = model.transform
      labelNames = configuration?.labelNames ?? model.labelNames
    } else {
      let checkpoint = try Self.readCheckpoint(url, options)
      (file, files) = (checkpoint, [url])
      let architecture =
        configuration?.options(overriddenBy: options.architecture) ?? options.architecture
      (unfolded, report) = try naming(url) { () throws(InputError) in
        try buildNetwork(checkpoint.stateDict, options: architecture)
      }
      ownTransform = nil
      labelNames = configuration?.labelNames
    }
    network = unfolded.foldingBatchNorm()
    try requireFiniteFolding()
  }

  private static func readCheckpoint(
    _ url: URL, _ options: CheckpointOptions
  ) throws(InputError) -> CheckpointFile {
    let file = try Checkpoint.read(url, preferEMA: options.preferEMA)
    guard !PackedModel.isPacked(metadata: file.metadata) else {
      throw InputError(
        .badData, "a full-precision checkpoint is needed", at: url.path,
        because: "it is a packed file, already quantized by mixq",
        try: "give the full-precision checkpoint from which it was made")
    }
    return file
  }

  /// True if other files hold tensors of the model.
  package var hasOtherFiles: Bool { files.count > 1 }

  /// Returns the SHA-256 of the bytes of all files of the model, one after the other.
  ///
  /// - Throws: `missingInput` if a file cannot be opened.
  package func digest() throws(InputError) -> String { try SHA256.hexDigest(ofFiles: files) }

  /// Returns the transform from images to inputs; flags have priority over the configuration.
  ///
  /// - Throws: An error if a flag is out of range, if the configuration cannot be read, or if the network
  ///   cannot take images of the size that results.
  package func transform(flags: TransformFlags) throws(InputError) -> TransformChoice {
    let choice = try TransformChoice.resolve(
      flags: flags, modelURL: url, ownChoice: ownTransform,
      suitsSmallImages: report.suitsSmallImages)
    try network.requireFit(of: choice.transform)
    return choice
  }

  private func requireFiniteFolding() throws(InputError) {
    for layer in network.layers {
      guard layer.weight.firstNonFinite == nil, (layer.bias ?? []).allSatisfy(\.isFinite) else {
        throw InputError(
          .badData, "cannot fold batch normalisation", at: "\(url.path): \(layer.name)",
          because: "the folded weights or biases are not finite",
          try: "check the checkpoint's statistics: a running variance near zero causes this"
        )
      }
    }
  }

  /// The bytes of all folded weights and biases as Float32.
  package var payloadBytes: Int {
    network.layers.reduce(0) {
      $0 + ($1.weight.scalars.count + ($1.bias?.count ?? 0)) * MemoryLayout<Float>.size
    }
  }
}

/// Returns what `work` returns, and puts the name of the file into errors about its content.
func naming<Result>(
  _ url: URL, _ work: () throws(InputError) -> Result
) throws(InputError) -> Result {
  do { return try work() } catch {
    throw InputError(
      error.kind, error.what, at: "\(url.path): \(error.place)", because: error.reason,
      try: error.remedy)
  }
}

extension Graph {
  /// Throws `badData` naming the node if the network cannot take the images that `transform` makes.
  func requireFit(of transform: Transform) throws(InputError) {
    let size = transform.usualInputSize
    _ = try shapes(for: [inputChannels, size.height, size.width])
  }
}
