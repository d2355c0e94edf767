package import Files
package import Foundation

/// The parts of a transform that the command line sets; each of them is optional.
package struct TransformFlags: Sendable, Equatable {
  /// The named transforms, as `--preset` spells them.
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
  /// The length of the short side; 0 asks for no resize.
  package var resize: Int?
  /// The side of the crop; 0 asks for no crop.
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

  /// The transform, if the flags give every part of it.
  fileprivate var wholeTransform: Transform? {
    guard let resize, let crop, let interpolation, let mean, let std, mean.count == 3,
      std.count == 3
    else { return nil }
    return Transform(
      resize: resize == 0 ? nil : resize, crop: crop == 0 ? nil : crop,
      interpolation: interpolation, mean: mean, std: std)
  }
}

/// A transform, and the reason for choosing it, which is printed.
package struct TransformChoice: Sendable, Equatable {
  package let transform: Transform
  /// The reason, for example `from resnet18.json beside the model`.
  package let reason: String

  package init(transform: Transform, reason: String) {
    self.transform = transform
    self.reason = reason
  }

  /// Returns the transform for a model.
  ///
  /// The flags come first, then `NAME.json` beside the model, then `config.json` if the model is
  /// the only one in its folder, then the choice that the model's file makes itself, then the model's
  /// architecture. A flag replaces one part of the transform that the rest gives.
  ///
  /// - Throws: `usage` if a flag is out of range, `missingInput` or `badData` if a configuration
  ///   cannot be read or is not supported.
  package static func resolve(
    flags: TransformFlags = TransformFlags(), modelURL: URL, ownChoice: TransformChoice? = nil,
    suitsSmallImages: Bool
  ) throws(InputError) -> TransformChoice {
    let base = try baseChoice(
      flags: flags, modelURL: modelURL, ownChoice: ownChoice, suitsSmallImages: suitsSmallImages)
    return try base.replacing(flags)
  }

  private static func baseChoice(
    flags: TransformFlags, modelURL: URL, ownChoice: TransformChoice?, suitsSmallImages: Bool
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
    if let ownChoice { return ownChoice }
    return suitsSmallImages
      ? TransformChoice(
        transform: .cifar,
        reason: "assumed from the architecture, whose 3×3 first layer is for small images")
      : TransformChoice(
        transform: .torchvision, reason: "assumed from the architecture: torchvision's evaluation")
  }

  /// Returns the transform to use if there is no model.
  ///
  /// The flags replace parts of torchvision's evaluation transform; throws `usage` if a flag is out
  /// of range.
  package static func withoutModel(flags: TransformFlags) throws(InputError) -> TransformChoice {
    let base =
      flags.preset.map {
        TransformChoice(transform: $0.transform, reason: "from --preset \($0.rawValue)")
      } ?? TransformChoice(transform: .torchvision, reason: "torchvision's evaluation, by default")
    return try base.replacing(flags)
  }

  /// Returns the configuration file of the model at `modelURL`, if there is one.
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

  /// Returns this choice with the parts that `flags` name replaced.
  ///
  /// - Throws: `usage` if a flag is out of range.
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
        .usage, "cannot use the transform", at: replaced.joined(separator: ", "), because: fault,
        try: "choose a value in the range")
    }
    return TransformChoice(
      transform: transform, reason: "\(reason), with \(replaced.joined(separator: ", "))")
  }
}
