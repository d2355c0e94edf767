import CImages
internal import Foundation

/// A resampling filter of Pillow; it is widened when an image shrinks, which removes aliasing.
package enum Interpolation: String, Codable, Sendable, CaseIterable {
  case bilinear
  case bicubic

  /// The distance from its centre that the filter reaches, in pixels of the coarser image.
  var support: Double { self == .bilinear ? 1 : 2 }

  /// Returns the weight at `distance` from the centre; bicubic is Keys' filter with a = -0.5.
  func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}

/// The fixed-point filter weights of one axis for the outputs that a crop keeps.
struct Taps {
  private(set) var first: [Int32] = []
  private(set) var counts: [Int32] = []
  private(set) var weights: [Int32] = []
  let stride: Int

  /// Computes the weights for resizing an axis from `inputSize` to `outputSize` pixels.
  ///
  /// It follows Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`.
  init(
    from inputSize: Int, to outputSize: Int, keeping outputs: Range<Int>, _ filter: Interpolation
  ) {
    let scale = Double(inputSize) / Double(outputSize)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    stride = min(Int(support.rounded(.up)) * 2 + 1, inputSize)
    for output in outputs {
      let center = (Double(output) + 0.5) * scale
      let start = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), inputSize)
      let reals = (start..<end).map { position in
        filter.weight((Double(position) - center + 0.5) * (1 / filterScale))
      }
      append(reals, startingAt: start)
    }
  }

  private mutating func append(_ reals: [Double], startingAt start: Int) {
    let sum = reals.reduce(0, +)
    first.append(Int32(start))
    counts.append(Int32(reals.count))
    for real in reals {
      let scaled = (sum != 0 ? real / sum : real) * Double(1 << 22)
      weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
    }
    weights.append(contentsOf: repeatElement(0, count: stride - reals.count))
  }

  /// The range of inputs that the outputs read.
  var inputs: Range<Int> {
    let ends = zip(first, counts).map { Int($0 + $1) }
    return Int(first.min() ?? 0)..<(ends.max() ?? 0)
  }

  func withPointers<Result>(_ body: (ci_taps) -> Result) -> Result {
    first.withUnsafeBufferPointer { first in
      counts.withUnsafeBufferPointer { counts in
        weights.withUnsafeBufferPointer { weights in
          body(
            ci_taps(
              first: first.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress,
              stride: stride))
        }
      }
    }
  }
}

extension Image {
  /// Returns the part `rows` × `columns` of this image resized to `width` × `height`.
  ///
  /// As in Pillow, the rows are resampled first and then the columns, each rounded to 8 bits. Only
  /// the input pixels that the part depends on are read; this changes no pixel of the result.
  func resized(
    width newWidth: Int, height newHeight: Int, rows: Range<Int>, columns: Range<Int>,
    _ filter: Interpolation
  ) -> Image {
    let horizontal = Taps(from: width, to: newWidth, keeping: columns, filter)
    let vertical = Taps(from: height, to: newHeight, keeping: rows, filter)
    let inputs = vertical.inputs
    let rowBytes = columns.count * 3

    let read = horizontal.inputs
    var scratch = [UInt8](repeating: 0, count: read.count * 16)
    let narrow = [UInt8](unsafeUninitializedCapacity: inputs.count * rowBytes) { buffer, count in
      pixels.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        horizontal.withPointers { taps in
          ci_resample_rows(
            start + inputs.lowerBound * width * 3, inputs.count, width, read.lowerBound, read.count,
            taps, columns.count, &scratch, buffer.baseAddress)
        }
      }
      count = inputs.count * rowBytes
    }
    let result = [UInt8](unsafeUninitializedCapacity: rows.count * rowBytes) { buffer, count in
      vertical.withPointers { taps in
        ci_resample_columns(
          narrow, rowBytes, Int32(inputs.lowerBound), taps, rows.count, buffer.baseAddress)
      }
      count = rows.count * rowBytes
    }
    return Image(width: columns.count, height: rows.count, pixels: result)
  }
}
