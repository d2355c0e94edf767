package import Checkpoints
import Datasets
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

  /// Creates the options of a user, each as in `ArchitectureOptions`; nil if the user gave none.
  package init(
    strideIn1x1: Bool?, bnEpsilon: Double?, stemStride: Int?, stemPadding: Int?,
    hasStemPooling: Bool?, head: String?, preferEMA: Bool
  ) {
    self.init(
      architecture: ArchitectureOptions(
        strideIn1x1: strideIn1x1, bnEpsilon: bnEpsilon, stemStride: stemStride,
        stemPadding: stemPadding, hasStemPooling: hasStemPooling, head: head),
      preferEMA: preferEMA)
  }
}

/// A full-precision model: the network of a checkpoint and the names of its classes.
package struct CheckpointModel: Sendable {
  /// The file of the weights.
  package let url: URL
  package let options: CheckpointOptions
  package let files: ModelFiles
  package let file: CheckpointFile
  /// The network as in the checkpoint, with its batch normalisations.
  package let unfolded: Graph
  /// The network with folded batch normalisations, which is evaluated and quantized.
  package let network: Graph
  package let report: ArchitectureReport
  /// The name of each class, if the configuration beside the checkpoint has them.
  package let labelNames: [String]?
  /// The description of each class for people, if the configuration has them.
  package let labelDescriptions: [String]?
  /// The transform that an ONNX file states in its metadata or by the size of its input.
  let ownTransform: TransformChoice?

  /// Reads the model at `place`, a file or a folder, and the configuration beside it.
  ///
  /// - Throws: The errors of the readers, `badData` if the file is a packed file or if folding
  ///   overflows, and `usage` if an option contradicts what the file states.
  package init(contentsOf place: URL, options: CheckpointOptions = .init()) throws(InputError) {
    files = try ModelFiles(of: place)
    let url = files.weights
    self.url = url
    self.options = options
    let configuration: ModelConfiguration? =
      if let beside = files.configuration {
        try ModelConfiguration(contentsOf: beside)
      } else { nil }
    if try ONNXFile.isONNX(url) {
      let model = try ONNXModelFile(contentsOf: url, options: options)
      file = model.file
      (unfolded, report) = (model.network.graph, model.network.report)
      labelNames = configuration?.labelNames ?? model.labelNames
      ownTransform = model.transform
    } else {
      let opened = try Self.checkpoint(url, configuration, options)
      file = opened.file
      (unfolded, report) = opened.built
      labelNames = configuration?.labelNames
      ownTransform = nil
    }
    network = unfolded.foldingBatchNorm()
    labelDescriptions = configuration?.labelDescriptions
    try requireFiniteFolding()
  }

  /// Reads the tensors at `url` and builds their network.
  private static func checkpoint(
    _ url: URL, _ configuration: ModelConfiguration?, _ options: CheckpointOptions
  ) throws(InputError) -> (
    file: CheckpointFile, built: (network: Graph, report: ArchitectureReport)
  ) {
    let file = try Checkpoint.read(url, preferEMA: options.preferEMA)
    guard !PackedModel.isPacked(metadata: file.metadata) else {
      throw InputError(
        .badCheckpoint, "a full-precision checkpoint is needed", at: url.path,
        because: "it is a packed file, already quantized by mixq",
        try: "give the full-precision checkpoint from which it was made")
    }
    try options.architecture.requireUnstated(by: file, at: url)
    var architecture =
      configuration?.options(overriddenBy: options.architecture) ?? options.architecture
    architecture.add(file)
    do { return (file, try buildNetwork(file.stateDict, options: architecture)) } catch {
      throw InputError(
        error.code, error.what, at: "\(url.path): \(error.place)", because: error.reason,
        try: error.remedy)
    }
  }

  /// The SHA-256 of the file of the weights; of shards, of all files' hashes.
  package var digest: String { file.digest }

  /// The name of the architecture, such as "ResNet-50".
  package var architecture: String { report.architecture }

  /// The assumptions that neither tensors nor options confirm, one statement each.
  package var assumptions: [String] { report.assumptions }

  /// The number of classes.
  package var classCount: Int { network.classCount }

  /// The number of units that a reconstruction goes through.
  package var unitCount: Int { network.reconstructedUnitCount }

  /// The lines on choices and assumptions while the model was read.
  package var remarks: [String] {
    (files.notes + file.notes + report.notes).printable().map { "note       \($0)" }
      + report.assumptions.map { "assumed    \($0)" }
  }

  private func requireFiniteFolding() throws(InputError) {
    for layer in network.layers {
      guard layer.weight.firstNonFinite == nil, (layer.bias ?? []).allSatisfy(\.isFinite) else {
        throw InputError(
          .numericFault, "cannot fold batch normalisation", at: "\(url.path): \(layer.name)",
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

extension Graph {
  /// Throws `badData` naming the node if the network cannot take the images that `transform` makes.
  func requireFit(of transform: Transform) throws(InputError) {
    let size = transform.usualInputSize
    _ = try shapes(for: [inputChannels, size.height, size.width])
  }
}
