internal import Execution

/// A colour of red, green and blue in 0…255, kept in `Double` until the picture is finished.
struct Colour: Equatable, Sendable {
  var red: Double
  var green: Double
  var blue: Double

  static func + (a: Colour, b: Colour) -> Colour {
    Colour(red: a.red + b.red, green: a.green + b.green, blue: a.blue + b.blue)
  }

  static func * (scale: Double, colour: Colour) -> Colour {
    Colour(red: scale * colour.red, green: scale * colour.green, blue: scale * colour.blue)
  }
}

/// A colour that changes linearly over the picture.
///
/// It is `centre` in the middle, and changes by `slopeX` and `slopeY` per half width.
struct Shade: Sendable {
  let centre: Colour
  let slopeX: Double
  let slopeY: Double

  /// Returns the colour at (x, y); both run from −1 to 1 over the picture.
  func callAsFunction(_ x: Double, _ y: Double) -> Colour {
    let light = slopeX * x + slopeY * y
    return centre + Colour(red: light, green: light, blue: light)
  }
}

/// A square picture under construction.
///
/// Layers are painted from back to front with antialiased edges.
struct Canvas {
  /// The number of samples along each axis of a pixel.
  private static let samples = 4

  let side: Int
  private var colours: [Colour]

  init(side: Int, background: Shade) {
    self.side = side
    let half = Double(side) / 2
    colours = (0..<side * side).map { pixel in
      background(
        (Double(pixel % side) + 0.5 - half) / half, (Double(pixel / side) + 0.5 - half) / half)
    }
  }

  /// Paints the points for which `contains` is true, within `radius` pixels of (`x`, `y`).
  ///
  /// Pixels are counted from the top left corner. `contains` receives offsets from (`x`, `y`).
  mutating func paint(
    _ shade: Shade, x: Double, y: Double, radius: Double, where contains: (Double, Double) -> Bool
  ) {
    let half = Double(side) / 2
    for row in pixels(around: y, radius) {
      for column in pixels(around: x, radius) {
        let coverage = coverage(Double(column) - x, Double(row) - y, contains)
        guard coverage > 0 else { continue }
        let colour = shade(
          (Double(column) + 0.5 - half) / half, (Double(row) + 0.5 - half) / half)
        let pixel = row * side + column
        colours[pixel] = (1 - coverage) * colours[pixel] + coverage * colour
      }
    }
  }

  /// Returns the picture's bytes: rows of red, green and blue.
  ///
  /// Noise with the standard deviation `noise` is added before rounding.
  func pixels(noise: Double, _ generator: inout SplitMix64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(3 * colours.count)
    for colour in colours {
      for value in [colour.red, colour.green, colour.blue] {
        let noisy = value + noise * generator.roughlyNormal()
        bytes.append(UInt8(min(max(noisy.rounded(.toNearestOrEven), 0), 255)))
      }
    }
    return bytes
  }

  private func pixels(around centre: Double, _ radius: Double) -> Range<Int> {
    let first = min(max(Int((centre - radius).rounded(.down)), 0), side)
    let end = min(max(Int((centre + radius).rounded(.up)), first), side)
    return first..<end
  }

  /// Returns the share of a pixel's samples for which `contains` is true.
  ///
  /// (x, y) is the pixel's top left corner.
  private func coverage(_ x: Double, _ y: Double, _ contains: (Double, Double) -> Bool) -> Double {
    var inside = 0
    for row in 0..<Canvas.samples {
      for column in 0..<Canvas.samples {
        let step = 1 / Double(Canvas.samples)
        if contains(x + (Double(column) + 0.5) * step, y + (Double(row) + 0.5) * step) {
          inside += 1
        }
      }
    }
    return Double(inside) / Double(Canvas.samples * Canvas.samples)
  }
}

extension SplitMix64 {
  /// Returns a random number within ±3.47 with mean 0 and standard deviation 1.
  ///
  /// It is the sum of four uniform 16-bit numbers. Unlike `normal()` it needs no logarithm or
  /// cosine, whose last bits differ between C libraries.
  fileprivate mutating func roughlyNormal() -> Double {
    let bits = next()
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (Double(sum) - 131_070) / 37_837.2
  }
}
