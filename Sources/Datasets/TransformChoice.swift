package import Files
package import Foundation

/// The parts of a transform that the command line sets; each of them is optional.
package struct TransformFlags: Sendable, Equatable {
  /// The named transforms, as `--preset` spells them.
  package enum Preset: String, CaseIterable, Sendable {
    case torchvision
    case torchvisionV2 = "torchvision-v2"
    case cifar
    case cifar10
    case cifar100

    package var transform: Transform {
      switch self {
      case .torchvision: .torchvision
      case .torchvisionV2: .torchvisionV2
      case .cifar: .cifar
      case .cifar10: .cifar10
      case .cifar100: .cifar100
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

  /// True if the flags state the whole transform, so that the model's configuration is not needed.
  package var areComplete: Bool { preset != nil || wholeTransform != nil }

  /// The transform, if the flags give every part of it.
  fileprivate var wholeTransform: Transform? {
    guard let resize, let crop, let interpolation, let mean, let std,
      mean.count == std.count, [1, 3].contains(mean.count)
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
  /// A preset, or flags for all parts, state the transform. Otherwise it is the one that the model's
  /// files state, or else the assumed one, and each flag replaces one part of it.
  ///
  /// - Throws: `usage` if a flag is out of range.
  package static func resolve(
    flags: TransformFlags = TransformFlags(), stated: TransformChoice?, assumed: TransformChoice
  ) throws(InputError) -> TransformChoice {
    let base =
      if let preset = flags.preset {
        TransformChoice(transform: preset.transform, reason: "from --preset \(preset.rawValue)")
      } else if let transform = flags.wholeTransform {
        TransformChoice(transform: transform, reason: "from flags")
      } else {
        stated ?? assumed
      }
    return try base.replacing(flags)
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

  /// Returns this choice with other statistics of the pixels; `source` names where they come from.
  package func normalizing(mean: [Double], std: [Double], source: String) -> TransformChoice {
    var transform = transform
    (transform.mean, transform.std) = (mean, std)
    return TransformChoice(transform: transform, reason: "\(reason), with \(source)")
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
        .outOfRange, "cannot use the transform", at: replaced.joined(separator: ", "),
        because: fault,
        try: "choose a value in the range")
    }
    return TransformChoice(
      transform: transform, reason: "\(reason), with \(replaced.joined(separator: ", "))")
  }
}
