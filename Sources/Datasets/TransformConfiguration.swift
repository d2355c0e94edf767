package import Files
package import Foundation

/// The part of a model's configuration that concerns images.
///
/// It has timm's form or that of Hugging Face's image processors. timm keeps its keys under
/// `pretrained_cfg`, and older files keep them at the top level. A missing key of timm has timm's default
/// (crop_pct 0.875, bicubic, ImageNet mean and std).
package struct TransformConfiguration: Sendable {
  /// The transform; `nil` if the file describes none.
  package let transform: Transform?

  /// Reads a JSON file.
  ///
  /// - Throws: `missingInput` if the file cannot be read, `badData` if its content is not
  ///   supported.
  package init(contentsOf url: URL) throws(InputError) {
    try self.init(InputFile.readText(url), name: url.path)
  }

  /// Reads the bytes of a JSON file; error messages call the file `name`.
  package init(_ data: Data, name: String) throws(InputError) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: data)
    } catch {
      throw InputError(
        .badConfiguration, "cannot read the model configuration", at: name,
        because: decodingReason(error))
    }
    if let processor = file.processor {
      transform = try Transform(processor, name: name)
      return
    }
    let fields = file.pretrained_cfg ?? file.fields
    transform = try fields.isEmpty ? nil : Transform(timmConfiguration: fields, name: name)
  }

  /// The preprocessing keys of timm, all of them optional.
  package struct Fields: Decodable, Sendable {
    var input_size: [Int]?
    var test_input_size: [Int]?
    var crop_pct: Double?
    var test_crop_pct: Double?
    var crop_mode: String?
    var interpolation: String?
    var mean: [Double]?
    var std: [Double]?

    var isEmpty: Bool {
      input_size == nil && crop_pct == nil && interpolation == nil && mean == nil && std == nil
    }
  }

  private struct File: Decodable {
    let pretrained_cfg: Fields?
    let fields: Fields
    let processor: ProcessorConfiguration?

    enum CodingKeys: String, CodingKey { case pretrained_cfg }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      pretrained_cfg = try container.decodeIfPresent(Fields.self, forKey: .pretrained_cfg)
      fields = try pretrained_cfg == nil ? Fields(from: decoder) : Fields()
      let processor = try ProcessorConfiguration(from: decoder)
      self.processor = processor.isEmpty ? nil : processor
    }
  }
}

extension Transform {
  /// Derives the evaluation transform as timm's validate.py does.
  ///
  /// The size of tests comes before that of training. The short side is ⌊size / crop_pct⌋, and the centre
  /// crop is size.
  ///
  /// - Throws: `badData` if a value is not supported.
  package init(
    timmConfiguration fields: TransformConfiguration.Fields, name: String
  ) throws(InputError) {
    let size = fields.test_input_size ?? fields.input_size ?? [3, 224, 224]
    guard size.count == 3, [1, 3].contains(size[0]), size[1] == size[2] else {
      throw Self.refused(
        name, "input_size is \(size), but only square images of 3 or 1 channels are supported")
    }
    let cropFraction = fields.test_crop_pct ?? fields.crop_pct ?? 0.875
    guard cropFraction > 0.01, cropFraction <= 1 else {
      throw Self.refused(name, "crop_pct is \(cropFraction), not in 0.01...1")
    }
    let mode = fields.crop_mode ?? "center"
    guard mode == "center" else {
      throw Self.refused(name, "crop_mode is \(mode), but only center is supported")
    }
    let filter = fields.interpolation ?? "bicubic"
    guard let interpolation = Interpolation(rawValue: filter) else {
      throw Self.refused(
        name, "interpolation is \(filter), but only bilinear and bicubic are supported")
    }
    let (mean, std) = (
      Self.spread(fields.mean ?? Transform.imageNetMean, over: size[0]),
      Self.spread(fields.std ?? Transform.imageNetStd, over: size[0])
    )
    func fault(resize: Int?) -> String? {
      Transform.fault(resize: resize, crop: size[1], mean: mean, std: std)
    }
    if let reason = fault(resize: nil) { throw Self.refused(name, reason) }
    let resize = Int((Double(size[1]) / cropFraction).rounded(.down))
    if let reason = fault(resize: resize) { throw Self.refused(name, reason) }
    self.init(
      resize: resize, crop: size[1], interpolation: interpolation, mean: mean, std: std)
  }

  /// Returns `values` for `channels` channels; for grey images their mean replaces three values.
  static func spread(_ values: [Double], over channels: Int) -> [Double] {
    guard values.count != channels else { return values }
    if values.count == 1 { return [Double](repeating: values[0], count: channels) }
    return channels == 1 && !values.isEmpty
      ? [values.reduce(0, +) / Double(values.count)] : values
  }

  static func refused(_ name: String, _ reason: String) -> InputError {
    InputError(
      .badConfiguration, "cannot use the transform of the model configuration", at: name,
      because: reason, try: "set it with --resize, --crop, --interpolation, --mean and --std")
  }

  /// Returns the reason why these values make no transform, or `nil` if they do.
  static func fault(resize: Int?, crop: Int?, mean: [Double], std: [Double]) -> String? {
    for (name, side) in [("resize", resize), ("crop", crop)] {
      guard let side, !(1...ImageFile.largestInputSide).contains(side) else { continue }
      return "\(name) is \(side), not in 1...\(ImageFile.largestInputSide)"
    }
    guard mean.count == 3 || mean.count == 1, mean.allSatisfy({ abs($0) <= 1e6 }) else {
      return "mean is \(mean), not one number up to 1e6 per channel"
    }
    guard std.count == mean.count, std.allSatisfy({ 1e-6 <= $0 && $0 <= 1e6 }) else {
      return "std is \(std), not one number between 1e-6 and 1e6 per channel"
    }
    return nil
  }
}
