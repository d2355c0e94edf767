package import Files
package import Foundation

/// What the command line says of the transform; every part may be left open.
package struct TransformFlags: Sendable, Equatable {
  /// Named transforms, as `--preset` spells them.
  package enum Preset: String, CaseIterable, Sendable {
    case torchvision
    case torchvisionV2 = "torchvision-v2"
    case cifar

    package var transform: Transform {
      switch self {
      case .torchvision: .torchvision
      case .torchvisionV2: .torchvisionV2
      case .cifar: .cifar
      }
    }
  }

  package var preset: Preset?
  /// 0 asks for no resize.
  package var resize: Int?
  /// 0 asks for no crop.
  package var crop: Int?
  package var interpolation: Interpolation?
  package var mean: [Double]?
  package var std: [Double]?

  package init(
    preset: Preset? = nil, resize: Int? = nil, crop: Int? = nil,
    interpolation: Interpolation? = nil, mean: [Double]? = nil, std: [Double]? = nil
  ) {
    self.preset = preset
    self.resize = resize
    self.crop = crop
    self.interpolation = interpolation
    self.mean = mean
    self.std = std
  }

  /// The transform, where every part is given and nothing else need be asked.
  fileprivate var wholeTransform: Transform? {
    guard let resize, let crop, let interpolation, let mean, let std, mean.count == 3,
      std.count == 3
    else { return nil }
    return Transform(
      resize: resize == 0 ? nil : resize, crop: crop == 0 ? nil : crop,
      interpolation: interpolation, mean: mean, std: std)
  }
}

/// A transform and why it was chosen, to be printed.
package struct TransformChoice: Sendable, Equatable {
  package let transform: Transform
  /// For example `from resnet18.json beside the model`.
  package let reason: String

  package init(transform: Transform, reason: String) {
    self.transform = transform
    self.reason = reason
  }

  /// The transform for a model: the flags first; then `NAME.json` beside the model; then
  /// `config.json`, if the model is the only one in its folder; then its architecture.
  ///
  /// A flag replaces one part of what the rest gives. Throws for flags out of range and for a
  /// configuration that cannot be read or asks for what is not supported.
  package static func resolve(
    flags: TransformFlags = TransformFlags(), modelURL: URL, suitsSmallImages: Bool
  ) throws(InputError) -> TransformChoice {
    let base = try baseChoice(flags: flags, modelURL: modelURL, suitsSmallImages: suitsSmallImages)
    return try base.replacing(flags)
  }

  private static func baseChoice(
    flags: TransformFlags, modelURL: URL, suitsSmallImages: Bool
  ) throws(InputError) -> TransformChoice {
    if let preset = flags.preset {
      return TransformChoice(
        transform: preset.transform, reason: "from --preset \(preset.rawValue)")
    }
    if let transform = flags.wholeTransform {
      return TransformChoice(transform: transform, reason: "from flags")
    }
    if let url = configurationURL(besideModel: modelURL),
      let transform = try TransformConfiguration(contentsOf: url).transform
    {
      return TransformChoice(
        transform: transform, reason: "from \(url.lastPathComponent) beside the model")
    }
    return suitsSmallImages
      ? TransformChoice(
        transform: .cifar, reason: "assumed from the architecture: its 3×3 stem takes small images")
      : TransformChoice(
        transform: .torchvision, reason: "assumed from the architecture: torchvision's evaluation")
  }

  /// The transform where there is no model: the flags', and torchvision's evaluation where they leave it
  /// open; throws for flags out of range.
  package static func withoutModel(flags: TransformFlags) throws(InputError) -> TransformChoice {
    let base =
      flags.preset.map {
        TransformChoice(transform: $0.transform, reason: "from --preset \($0.rawValue)")
      } ?? TransformChoice(transform: .torchvision, reason: "torchvision's evaluation, by default")
    return try base.replacing(flags)
  }

  /// The configuration that belongs to the model at `modelURL`, if there is one.
  package static func configurationURL(besideModel modelURL: URL) -> URL? {
    var base = modelURL.deletingPathExtension()
    if base.pathExtension == "pth" { base.deletePathExtension() }
    let named = base.appendingPathExtension("json")
    if FileManager.default.fileExists(atPath: named.path) { return named }

    let folder = modelURL.deletingLastPathComponent()
    let shared = folder.appending(path: "config.json")
    guard FileManager.default.fileExists(atPath: shared.path) else { return nil }
    let modelExtensions: Set = ["pth", "pt", "th", "tar", "bin", "safetensors", "onnx"]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let models = names.filter { modelExtensions.contains(URL(filePath: $0).pathExtension) }
    return models.count == 1 ? shared : nil
  }

  /// The same choice with the parts that `flags` name replaced; throws for flags out of range.
  package func replacing(_ flags: TransformFlags) throws(InputError) -> TransformChoice {
    var transform = transform
    var replaced: [String] = []
    if let resize = flags.resize {
      transform.resize = resize == 0 ? nil : resize
      replaced.append("--resize")
    }
    if let crop = flags.crop {
      transform.crop = crop == 0 ? nil : crop
      replaced.append("--crop")
    }
    if let interpolation = flags.interpolation {
      transform.interpolation = interpolation
      replaced.append("--interpolation")
    }
    if let mean = flags.mean {
      transform.mean = mean
      replaced.append("--mean")
    }
    if let std = flags.std {
      transform.std = std
      replaced.append("--std")
    }
    guard !replaced.isEmpty else { return self }
    if let fault = Transform.fault(
      resize: transform.resize, crop: transform.crop, mean: transform.mean, std: transform.std)
    {
      throw InputError(
        .usage, "cannot use the transform", at: replaced.joined(separator: ", "), because: fault)
    }
    return TransformChoice(
      transform: transform, reason: "\(reason), with \(replaced.joined(separator: ", "))")
  }
}
