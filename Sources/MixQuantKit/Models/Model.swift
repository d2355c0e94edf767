import Checkpoints
package import Datasets
package import Files
package import Foundation
import Graphs
import Networks
import Quantization

/// A model that a user opens: a full-precision checkpoint or a packed file.
package enum Model: Sendable {
  case checkpoint(CheckpointModel)
  case packed(PackedModel)

  /// Opens `url` as a checkpoint or a packed file, depending on its content.
  ///
  /// - Throws: The errors of the readers, and `usage` if `options` are given for a packed file.
  package init(contentsOf url: URL, options: CheckpointOptions = .init()) throws(InputError) {
    guard try Self.isFile(url), SafetensorsFile.isPlausible(at: url),
      let file = try? SafetensorsFile.read(url),
      PackedModel.isPacked(metadata: file.metadata)
    else {
      self = .checkpoint(try CheckpointModel(contentsOf: url, options: options))
      return
    }
    guard options == CheckpointOptions() else {
      throw InputError(
        .unusedOption, "cannot use options about a checkpoint", at: url.path,
        because: "packed files already fix these settings",
        try: "leave out the options about checkpoints, such as --ema and --bn-eps")
    }
    self = .packed(try PackedModel(file, at: url.path))
  }

  /// Returns the SHA-256 of the model's file; `url` is the file that was opened.
  package func digest(of url: URL) throws(InputError) -> String {
    switch self {
    case .checkpoint(let checkpoint): checkpoint.digest
    case .packed: try SHA256.hexDigest(ofFile: url)
    }
  }

  /// True for a packed file.
  package var isPacked: Bool {
    if case .packed = self { true } else { false }
  }

  /// The assumptions about a checkpoint's network; a packed file leaves nothing open.
  package var assumptions: [String] {
    if case .checkpoint(let model) = self { model.assumptions } else { [] }
  }

  private static func isFile(_ url: URL) throws(InputError) -> Bool {
    try ModelFiles(of: url).weights == url
  }

  /// The number of classes.
  package var classCount: Int {
    switch self {
    case .checkpoint(let model): model.classCount
    case .packed(let model): model.network.network.classCount
    }
  }

  /// The name of each class, such as a wnid, if they are known.
  package var labelNames: [String]? {
    switch self {
    case .checkpoint(let model): model.labelNames
    case .packed(let model): model.labelNames
    }
  }

  /// The description of each class for people, if they are known.
  package var labelDescriptions: [String]? {
    switch self {
    case .checkpoint(let model): model.labelDescriptions
    case .packed(let model): model.labelDescriptions
    }
  }

  /// Returns the transform from images to inputs.
  ///
  /// Flags have priority over the transform of a packed file or of the configuration.
  ///
  /// - Throws: An error if a flag is out of range or the configuration cannot be read.
  package func transform(
    flags: TransformFlags, url: URL
  ) throws(InputError) -> TransformChoice {
    switch self {
    case .checkpoint(let model):
      return try model.transform(flags: flags)
    case .packed(let model):
      let choice =
        if let preset = flags.preset {
          TransformChoice(
            transform: preset.transform, reason: "from --preset \(preset.rawValue)")
        } else { TransformChoice(transform: model.transform, reason: "from the packed file") }
      let replaced = try choice.replacing(flags)
      try model.network.network.requireFit(of: replaced.transform)
      return replaced
    }
  }
}

extension Model: CustomStringConvertible {
  /// A short description of the model.
  package var description: String {
    switch self {
    case .checkpoint(let model):
      "\(model.report.architecture), \(model.network.classCount) classes, full precision "
        + "(\(model.file.format))"
    case .packed(let model):
      "\(model.network.network.name), \(model.network.network.classCount) classes, "
        + String(format: "packed, %.2f bits per weight", model.plan.averageBits())
    }
  }

  /// Returns the first lines of every command: the file, and notes on choices while reading it.
  package func introduction(_ url: URL) -> [String] {
    let remarks: [String] =
      if case .checkpoint(let model) = self { model.remarks } else { [] }
    return ["model      \(url.lastPathComponent): \(self)"] + remarks
  }
}
