internal import Networks
internal import Quantization
internal import Checkpoints
package import Datasets
package import Foundation
package import Tensors

/// What a user may hand over: a checkpoint in full precision or a packed file.
package enum Model: Sendable {
  case checkpoint(CheckpointModel)
  case packed(PackedModel)

  /// Opens `url`, whichever it is by its content.
  package init(contentsOf url: URL, options: CheckpointOptions = .init()) throws(InputError) {
    if let file = try? SafetensorsFile.read(url), PackedModel.isPacked(file) {
      self = .packed(try PackedModel(file, at: url.lastPathComponent))
    } else {
      self = .checkpoint(try CheckpointModel(contentsOf: url, options: options))
    }
  }

  /// The folded network in full precision, or the quantized one.
  package var classifier: any Classifier {
    switch self {
    case .checkpoint(let model): model.network
    case .packed(let model): model.network
    }
  }

  package var classCount: Int {
    switch self {
    case .checkpoint(let model): model.network.classCount
    case .packed(let model): model.network.network.classCount
    }
  }

  package var labelNames: [String]? {
    switch self {
    case .checkpoint(let model): model.labelNames
    case .packed(let model): model.labelNames
    }
  }

  /// How images become inputs: a packed file brings its transform; flags go before either.
  package func transform(
    flags: TransformFlags, url: URL
  ) throws(InputError) -> TransformChoice {
    switch self {
    case .checkpoint(let model):
      try TransformChoice.resolve(
        flags: flags, modelURL: url, hasSmallStem: model.report.hasSmallStem)
    case .packed(let model):
      try TransformChoice(transform: model.transform, reason: "from the packed file")
        .replacing(flags)
    }
  }
}
