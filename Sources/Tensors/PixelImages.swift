internal import Execution

/// Images of 8-bit pixels, (N, 3, H, W), and their scaling to a network's input.
package struct PixelImages: Sendable, Equatable {
  /// The number N of images.
  package let count: Int
  package let height: Int
  package let width: Int
  /// The planes of red, green and blue bytes, image after image.
  package let bytes: [UInt8]
  /// The scaling that makes the pixels a network's input.
  package let scaling: PixelScaling

  package init(count: Int, height: Int, width: Int, bytes: [UInt8], scaling: PixelScaling) {
    precondition(
      bytes.count == count * height * width * 3, "\(bytes.count) bytes for \(count) images")
    self.count = count
    self.height = height
    self.width = width
    self.bytes = bytes
    self.scaling = scaling
  }

  /// The shape of one image as a network's input, (3, H, W).
  package var imageShape: Shape { [3, height, width] }

  /// The number of bytes of one image.
  package var imageBytes: Int { height * width * 3 }

  /// Returns one image as a network's input, (1, 3, H, W).
  package func tensor(_ index: Int) -> Tensor {
    let tables = (0..<3).map(scaling.values)
    let plane = height * width
    return Tensor(shape: [1, 3, height, width]) { output in
      bytes.withUnsafeBufferPointer { bytes in
        for color in 0..<3 {
          tables[color].withUnsafeBufferPointer { table in
            for place in color * plane..<(color + 1) * plane {
              output.initializeElement(
                at: place, to: table[Int(bytes[index * imageBytes + place])])
            }
          }
        }
      }
    }
  }
}

extension PixelImages {
  /// Returns images of random pixels, the same for the same seed.
  package static func random(
    _ count: Int, height: Int, width: Int, scaling: PixelScaling, seed: UInt64
  ) -> PixelImages {
    var generator = SplitMix64(seed: seed)
    var bytes = [UInt8](repeating: 0, count: count * height * width * 3)
    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: generator.next()) }
    return PixelImages(
      count: count, height: height, width: width, bytes: bytes, scaling: scaling)
  }

  /// Returns the images of `range`.
  package subscript(images range: Range<Int>) -> PixelImages {
    PixelImages(
      count: range.count, height: height, width: width,
      bytes: Array(bytes[range.lowerBound * imageBytes..<range.upperBound * imageBytes]),
      scaling: scaling)
  }

  /// Returns the pixels of one colour of an image, (1, 1, H, W).
  package func plane(_ index: Int, _ color: Int) -> Tensor {
    let start = index * imageBytes + color * height * width
    return Tensor(
      shape: [1, 1, height, width],
      scalars: bytes[start..<start + height * width].map(Float.init))
  }
}

/// The scaling of pixels to a network's input: x = (p / 255 − mean) / std, for each colour.
package struct PixelScaling: Sendable, Equatable {
  /// The mean of each colour, of pixels divided by 255.
  package let mean: [Double]
  /// The standard deviation of each colour, of pixels divided by 255.
  package let std: [Double]

  package init(mean: [Double], std: [Double]) {
    precondition(mean.count == 3 && std.count == 3, "mean and std have one entry per colour")
    self.mean = mean
    self.std = std
  }

  /// Returns the input for each of the 256 pixels of a colour; every step is rounded to `Float`.
  package func values(ofColor color: Int) -> [Float] {
    (0..<256).map { (Float($0) / 255 - Float(mean[color])) / Float(std[color]) }
  }
}

/// Images for a network, as pixels or as floats.
package enum NetworkInput: Sendable {
  case pixels(PixelImages)
  /// Floats, (N, C, H, W).
  case floats(Tensor)

  /// The number of images.
  package var count: Int {
    switch self {
    case .pixels(let pixels): pixels.count
    case .floats(let tensor): tensor.rowCount
    }
  }

  /// The shape of one image, (C, H, W).
  package var imageShape: Shape {
    switch self {
    case .pixels(let pixels): pixels.imageShape
    case .floats(let tensor): tensor.imageShape
    }
  }

  /// All images as floats, (N, C, H, W).
  package var floats: Tensor {
    switch self {
    case .pixels(let pixels): Tensor(joining: (0..<pixels.count).map(pixels.tensor))
    case .floats(let tensor): tensor
    }
  }

  /// Returns one image as floats, (1, C, H, W).
  package func tensor(_ index: Int) -> Tensor {
    switch self {
    case .pixels(let pixels): pixels.tensor(index)
    case .floats(let tensor): tensor[rows: index..<index + 1]
    }
  }
}

extension NetworkInput {
  /// Returns the images at `indices`, in that order.
  package func gathering(_ indices: [Int]) -> NetworkInput {
    switch self {
    case .floats(let tensor): .floats(tensor.gathering(rows: indices))
    case .pixels(let pixels):
      .pixels(
        PixelImages(
          count: indices.count, height: pixels.height, width: pixels.width,
          bytes: indices.flatMap {
            pixels.bytes[$0 * pixels.imageBytes..<($0 + 1) * pixels.imageBytes]
          }, scaling: pixels.scaling))
    }
  }
}
