internal import Files

/// The configuration of an image processor of Hugging Face, all keys of which are optional.
///
/// Sources: `ConvNextImageProcessor`, which ResNets use, and the processors that resize the short side
/// and crop, such as `BitImageProcessor`, in transformers.
struct ProcessorConfiguration: Decodable {
  /// A size: the short side, a height and a width, or in older files one number.
  struct Size: Decodable {
    var shortest_edge: Int?
    var height: Int?
    var width: Int?
    private var number: Int?

    private enum CodingKeys: String, CodingKey { case shortest_edge, height, width }

    init(from decoder: any Decoder) throws {
      if let number = try? decoder.singleValueContainer().decode(Int.self) {
        self.number = number
        return
      }
      let values = try decoder.container(keyedBy: CodingKeys.self)
      shortest_edge = try values.decodeIfPresent(Int.self, forKey: .shortest_edge)
      height = try values.decodeIfPresent(Int.self, forKey: .height)
      width = try values.decodeIfPresent(Int.self, forKey: .width)
    }

    /// The length of the short side, if the size does not name both sides.
    var shortSide: Int? { shortest_edge ?? number }
    /// The side of a square, if the size is one.
    var square: Int? { height != nil && height == width ? height : number }
  }

  var image_processor_type: String?
  var feature_extractor_type: String?
  var do_resize: Bool?
  var size: Size?
  var crop_pct: Double?
  var resample: Int?
  var do_center_crop: Bool?
  var crop_size: Size?
  var do_rescale: Bool?
  var rescale_factor: Double?
  var do_normalize: Bool?
  var image_mean: [Double]?
  var image_std: [Double]?

  var isEmpty: Bool {
    size == nil && do_resize == nil && image_mean == nil && do_center_crop == nil
  }

  /// True for the processor of ConvNeXt, whose crop is a fraction of the resized short side.
  var cropsByFraction: Bool {
    crop_pct != nil
      || [image_processor_type, feature_extractor_type].contains {
        $0?.hasPrefix("ConvNext") == true
      }
  }
}

extension Transform {
  /// Derives the transform of an image processor.
  ///
  /// - Throws: `badData` if a value is not supported.
  init(_ processor: ProcessorConfiguration, name: String) throws(InputError) {
    var (resize, crop): (Int?, Int?)
    if processor.cropsByFraction {
      (resize, crop) = try Self.fractionalCrop(processor, name: name)
    } else {
      resize = processor.do_resize ?? true ? try Self.shortSide(processor, name: name) : nil
      crop = processor.do_center_crop ?? false ? processor.crop_size?.square : nil
      if processor.do_center_crop == true, crop == nil {
        throw Self.refused(name, "crop_size is not the side of a square")
      }
    }
    // The numbers are those of Pillow's filters.
    let filters: [Int: Interpolation] = [2: .bilinear, 3: .bicubic]
    guard let interpolation = filters[processor.resample ?? 2] else {
      throw Self.refused(
        name,
        "resample is \(processor.resample ?? 2), but only bilinear (2) and bicubic (3) are supported"
      )
    }
    let (mean, std) = Self.normalization(processor)
    if let fault = Transform.fault(resize: resize, crop: crop, mean: mean, std: std) {
      throw Self.refused(name, fault)
    }
    self.init(
      resize: resize, crop: crop, interpolation: interpolation, mean: mean, std: std,
      roundsCropDown: true)
  }

  /// Returns the short side and the crop of ConvNeXt's processor.
  private static func fractionalCrop(
    _ processor: ProcessorConfiguration, name: String
  ) throws(InputError) -> (Int?, Int?) {
    guard processor.do_resize ?? true else { return (nil, nil) }
    let side = processor.size?.shortSide ?? processor.size?.square ?? 384
    guard side < 384 else {
      throw refused(name, "from 384 pixels on this processor stretches images to a square")
    }
    let fraction = processor.crop_pct ?? 224.0 / 256
    guard fraction > 0.01, fraction <= 1 else {
      throw refused(name, "crop_pct is \(fraction), not in 0.01...1")
    }
    return (Int(Double(side) / fraction), side)
  }

  private static func shortSide(
    _ processor: ProcessorConfiguration, name: String
  ) throws(InputError) -> Int {
    guard let size = processor.size else { return 224 }
    guard let side = size.shortSide else {
      throw refused(
        name, "size has a height and a width, so that images are stretched, which is not supported")
    }
    return side
  }

  /// Returns mean and deviation of pixels divided by 255.
  private static func normalization(
    _ processor: ProcessorConfiguration
  ) -> (mean: [Double], std: [Double]) {
    var mean = processor.image_mean ?? imageNetMean
    var std = processor.image_std ?? imageNetStd
    if processor.do_normalize == false {
      mean = mean.map { _ in 0 }
      std = std.map { _ in 1 }
    }
    let factor = processor.do_rescale == false ? 255 : 255 * (processor.rescale_factor ?? 1 / 255)
    guard abs(factor - 1) > 1e-9, factor > 0 else { return (mean, std) }
    return (mean.map { $0 / factor }, std.map { $0 / factor })
  }
}
