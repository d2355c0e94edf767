import Checkpoints
package import Datasets
package import Files
package import Foundation
import Graphs
import Networks
import Quantization

/// What a user may hand over: a checkpoint in full precision or a packed file.
package enum Model: Sendable {
  case checkpoint(CheckpointModel)
  case packed(PackedModel)

  /// Opens `url`, whichever it is by its content; throws what the readers throw, and `usage` for options
  /// about a checkpoint where the file is a packed one.
  package init(contentsOf url: URL, options: CheckpointOptions = .init()) throws(InputError) {
    guard let file = try? SafetensorsFile.read(url),
      PackedModel.isPacked(metadata: file.metadata)
    else {
      self = .checkpoint(try CheckpointModel(contentsOf: url, options: options))
      return
    }
    guard options == CheckpointOptions() else {
      throw InputError(
        .usage, "cannot use options about a checkpoint", at: url.path,
        because: "it is a packed file, which leaves nothing open",
        try: "leave out --ema, --stride-in-1x1 and --bn-eps")
    }
    self = .packed(try PackedModel(file, at: url.path))
  }

  package var classCount: Int {
    switch self {
    case .checkpoint(let model): model.network.classCount
    case .packed(let model): model.network.network.classCount
    }
  }

  /// One a class, such as wnids, where they are known.
  package var labelNames: [String]? {
    switch self {
    case .checkpoint(let model): model.labelNames
    case .packed(let model): model.labelNames
    }
  }

  /// How images become inputs: a packed file brings its transform; flags go before either.
  ///
  /// Throws for flags out of range and for a configuration that cannot be read.
  package func transform(
    flags: TransformFlags, url: URL
  ) throws(InputError) -> TransformChoice {
    switch self {
    case .checkpoint(let model):
      return try TransformChoice.resolve(
        flags: flags, modelURL: url, suitsSmallImages: model.report.suitsSmallImages)
    case .packed(let model):
      let choice =
        if let preset = flags.preset {
          TransformChoice(
            transform: preset.transform, reason: "from --preset \(preset.rawValue)")
        } else { TransformChoice(transform: model.transform, reason: "from the packed file") }
      return try choice.replacing(flags)
    }
  }
}

extension Model: CustomStringConvertible {
  /// What it is, in a few words.
  package var description: String {
    switch self {
    case .checkpoint(let model):
      "\(model.report.architecture), \(model.network.classCount) classes, full precision "
        + "(\(model.file.format))"
    case .packed(let model):
      "\(model.network.network.name), \(model.network.network.classCount) classes, "
        + String(format: "packed, %.2f bits a weight", model.plan.averageBits())
    }
  }

  /// The first lines of every command's account: the file, then what was chosen while reading it.
  package func introduction(_ url: URL) -> [String] {
    let notes: [String] =
      if case .checkpoint(let model) = self { model.file.notes.printable() } else { [] }
    return ["model      \(url.lastPathComponent): \(self)"] + notes.map { "note       \($0)" }
  }
}
