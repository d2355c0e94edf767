import CImages
internal import Foundation
package import Tensors

/// The preprocessing of an image for a network: resize, centre crop, normalise.
///
/// Resizing and cropping act on 8-bit pixels exactly as torchvision does on Pillow images.
package struct Transform: Codable, Equatable, Sendable {
  /// The length in pixels to which the short side is resized; `nil` keeps the size.
  package var resize: Int?
  /// The side of the square centre crop in pixels; `nil` keeps the whole image.
  ///
  /// Smaller images are padded with black.
  package var crop: Int?
  package var interpolation: Interpolation
  /// The mean of each channel, of pixels divided by 255.
  package var mean: [Double]
  /// The standard deviation of each channel, of pixels divided by 255.
  package var std: [Double]
  /// True if the offset of the crop is rounded down, as in Hugging Face's processors.
  ///
  /// Otherwise it is rounded half to even, as in torchvision.
  package var roundsCropDown = false

  package init(
    resize: Int?, crop: Int?, interpolation: Interpolation = .bilinear,
    mean: [Double] = Transform.imageNetMean, std: [Double] = Transform.imageNetStd,
    roundsCropDown: Bool = false
  ) {
    precondition(
      [1, 3].contains(mean.count) && std.count == mean.count,
      "mean and std have one entry per channel")
    self.roundsCropDown = roundsCropDown
    self.resize = resize
    self.crop = crop
    self.interpolation = interpolation
    self.mean = mean
    self.std = std
  }

  package static let imageNetMean = [0.485, 0.456, 0.406]
  package static let imageNetStd = [0.229, 0.224, 0.225]

  /// The evaluation transform of torchvision's first weights: short side 256, crop 224.
  package static let torchvision = Transform(resize: 256, crop: 224)
  /// The evaluation transform of torchvision's second weights: short side 232, crop 224.
  package static let torchvisionV2 = Transform(resize: 232, crop: 224)
  /// The transform of the published CIFAR ResNets: the whole image, with ImageNet's mean and std.
  package static let cifar = Transform(resize: nil, crop: nil)
  /// The transform of CIFAR networks that are normalised by CIFAR-10's own mean and std.
  package static let cifar10 = Transform(
    resize: nil, crop: nil, mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.2010])
  /// The transform of CIFAR networks that are normalised by CIFAR-100's own mean and std.
  package static let cifar100 = Transform(
    resize: nil, crop: nil, mean: [0.5070, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2761])

  /// The channels of the network's input: 3, or 1 for grey.
  package var channels: Int { mean.count }

  /// The transform as text.
  ///
  /// Example: `resize 256 bilinear, centre crop 224, mean 0.485 0.456 0.406, std 0.229 …`.
  package var description: String {
    let resizing = resize.map { "resize \($0) \(interpolation.rawValue)" } ?? "no resize"
    let cropping = crop.map { "centre crop \($0)" } ?? "no crop"
    func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    let grey = channels == 1 ? "grey, " : ""
    return "\(grey)\(resizing), \(cropping), mean \(list(mean)), std \(list(std))"
  }

  /// The height and width of the network's input when no image is known.
  ///
  /// A transform that keeps the size of images gives the 32 pixels of CIFAR.
  package var usualInputSize: (height: Int, width: Int) {
    let side = crop ?? resize ?? 32
    return (side, side)
  }

  /// Returns the height and width of the network's input for `image`.
  package func outputSize(of image: Image) -> (height: Int, width: Int) {
    if let crop { return (crop, crop) }
    return resizedSize(of: image)
  }

  /// Writes the transformed image as floats, channel after channel (C×H×W).
  ///
  /// - Parameter output: The place for C × H × W floats, with H and W as in `outputSize`.
  package func callAsFunction(_ image: Image, into output: UnsafeMutableBufferPointer<Float>) {
    let cropped = pixels(of: channels == 1 ? image.grey : image)
    let plane = cropped.width * cropped.height
    precondition(output.count == channels * plane, "\(output.count) floats for \(cropped.extent)")
    guard channels == 3 else {
      let (mean, std) = (Float(mean[0]), Float(std[0]))
      for index in 0..<plane {
        output[index] = (Float(cropped.pixels[3 * index]) / 255 - mean) / std
      }
      return
    }
    ci_normalise(
      cropped.pixels, plane, mean.map(Float.init), std.map(Float.init), plane, output.baseAddress)
  }
}

extension Transform {
  /// The scaling of 8-bit pixels to a network's input; nil for grey, which has no form of pixels.
  package var scaling: PixelScaling? {
    channels == 3 ? PixelScaling(mean: mean, std: std) : nil
  }

  /// Writes the resized and cropped image in 8 bits, colour after colour (3×H×W).
  ///
  /// - Parameter output: The place for 3 × H × W bytes, with H and W as in `outputSize`.
  func writePlanes(of image: Image, into output: UnsafeMutableBufferPointer<UInt8>) {
    let cropped = pixels(of: image)
    let plane = cropped.width * cropped.height
    precondition(
      channels == 3 && output.count == 3 * plane, "\(output.count) bytes for \(cropped.extent)")
    ci_split_planes(cropped.pixels, plane, plane, output.baseAddress)
  }
}

extension Transform {
  private enum CodingKeys: String, CodingKey {
    case resize, crop, interpolation, mean, std
    case roundsCropDown = "rounds_crop_down"
  }

  /// Decodes a transform; throws if a number in it is out of range.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    resize = try values.decodeIfPresent(Int.self, forKey: .resize)
    crop = try values.decodeIfPresent(Int.self, forKey: .crop)
    interpolation = try values.decode(Interpolation.self, forKey: .interpolation)
    mean = try values.decode([Double].self, forKey: .mean)
    std = try values.decode([Double].self, forKey: .std)
    roundsCropDown = try values.decodeIfPresent(Bool.self, forKey: .roundsCropDown) ?? false
    if let fault = Self.fault(resize: resize, crop: crop, mean: mean, std: std) {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: fault))
    }
  }

  /// Encodes the transform; writes the rounding of the crop only if it is not torchvision's.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(resize, forKey: .resize)
    try values.encodeIfPresent(crop, forKey: .crop)
    try values.encode(interpolation, forKey: .interpolation)
    try values.encode(mean, forKey: .mean)
    try values.encode(std, forKey: .std)
    if roundsCropDown { try values.encode(true, forKey: .roundsCropDown) }
  }
}

extension Transform {
  /// Returns the size with the short side at `resize` and the long side in proportion, truncated.
  private func resizedSize(of image: Image) -> (height: Int, width: Int) {
    let (height, width) = (image.height, image.width)
    guard let side = resize else { return (height, width) }
    return width <= height ? (side * height / width, side) : (side, side * width / height)
  }

  /// Returns the resized and cropped image, still in 8 bits.
  func pixels(of image: Image) -> Image {
    let size = resizedSize(of: image)
    let rows = CropSpan(keeping: crop, of: size.height, roundsDown: roundsCropDown)
    let columns = CropSpan(keeping: crop, of: size.width, roundsDown: roundsCropDown)
    let isSameSize = size.height == image.height && size.width == image.width
    let part =
      isSameSize
      ? image.part(rows: rows.kept, columns: columns.kept)
      : image.resized(
        width: size.width, height: size.height, rows: rows.kept, columns: columns.kept,
        interpolation)
    return part.padded(rows: rows, columns: columns)
  }
}

/// The part of one axis that a centre crop keeps, and the black pixels before and after it.
struct CropSpan {
  let kept: Range<Int>
  let before: Int
  let after: Int

  /// Creates the span by torchvision's rule.
  ///
  /// The offset is rounded half to even, or down for Hugging Face's rule. An odd missing pixel is added
  /// after the image.
  init(keeping crop: Int?, of size: Int, roundsDown: Bool = false) {
    guard let crop, crop != size else {
      (kept, before, after) = (0..<size, 0, 0)
      return
    }
    guard crop < size else {
      (kept, before, after) = (0..<size, (crop - size) / 2, (crop - size + 1) / 2)
      return
    }
    let offset = Int(
      (Double(size - crop) / 2).rounded(roundsDown ? .down : .toNearestOrEven))
    (kept, before, after) = (offset..<offset + crop, 0, 0)
  }

  var count: Int { before + kept.count + after }
}

extension Image {
  /// The image in grey, with three equal channels.
  ///
  /// Grey is ITU-R 601's luma in the arithmetic of Pillow's `convert("L")`.
  var grey: Image {
    var grey = pixels
    for index in stride(from: 0, to: grey.count, by: 3) {
      let luma =
        19_595 * Int(grey[index]) + 38_470 * Int(grey[index + 1]) + 7471 * Int(grey[index + 2])
      let value = UInt8((luma + 0x8000) >> 16)
      (grey[index], grey[index + 1], grey[index + 2]) = (value, value, value)
    }
    return Image(width: width, height: height, pixels: grey)
  }

  /// Returns the pixels in `rows` and `columns`.
  func part(rows: Range<Int>, columns: Range<Int>) -> Image {
    if rows.count == height, columns.count == width { return self }
    var part: [UInt8] = []
    part.reserveCapacity(rows.count * columns.count * 3)
    for row in rows {
      let start = row * width
      part += pixels[(start + columns.lowerBound) * 3..<(start + columns.upperBound) * 3]
    }
    return Image(width: columns.count, height: rows.count, pixels: part)
  }

  /// Returns the image with the black border that `rows` and `columns` describe.
  func padded(rows: CropSpan, columns: CropSpan) -> Image {
    if rows.count == height, columns.count == width { return self }
    var padded = [UInt8](repeating: 0, count: rows.count * columns.count * 3)
    for row in 0..<height {
      let start = ((rows.before + row) * columns.count + columns.before) * 3
      padded.replaceSubrange(
        start..<start + width * 3, with: pixels[row * width * 3..<(row + 1) * width * 3])
    }
    return Image(width: columns.count, height: rows.count, pixels: padded)
  }
}
