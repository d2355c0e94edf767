internal import Tensors

/// The first layer on raw pixels, without rounding of its input.
///
/// The input is x = (p / 255 − mean) / std, and zero outside the image. The sums of w·p for each colour over
/// the taps inside the image are exact, and
///
///     t = Float(red sum) · multipliers[0][o];  t = t + Float(green sum) · multipliers[1][o];
///     t = t + Float(blue sum) · multipliers[2][o];  t = t + bias[class][o]
///
/// The bias contains the part of the means, which depends on the taps inside the image. Windows with the
/// same taps inside form a class.
package struct PixelLayer: Sendable {
  package let weights: IntegerWeights
  /// The factors, (colour, OC): weight scale / (255 · std · output scale).
  package let multipliers: [Float]
  /// The codes of the result; nil leaves the floats `t`.
  package let codes: CodeRange?
  /// The class of each row of windows.
  package let rowClasses: [Int]
  /// The class of each column of windows.
  package let columnClasses: [Int]
  /// The biases (OC) of each class of windows, rows first.
  private let biases: [[Float]]

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - scales: The scale of each output channel's weights, divided by the output's scale.
  ///   - bias: The bias of each output channel, divided by the output's scale.
  ///   - input: The shape of an image, (3, H, W).
  ///   - output: The shape of the result, (OC, OH, OW).
  init(
    _ weights: IntegerWeights, scales: [Double], bias: [Double], scaling: PixelScaling,
    codes: CodeRange?, input: Shape, output: Shape
  ) {
    self.weights = weights
    self.codes = codes
    multipliers = (0..<3).flatMap { color in
      scales.map { Float($0 / (255 * scaling.std[color])) }
    }
    let rows = Self.classes(output[1], weights, of: input[1], kernel: weights.kernel.height)
    let columns = Self.classes(output[2], weights, of: input[2], kernel: weights.kernel.width)
    rowClasses = rows.classes
    columnClasses = columns.classes
    let shifts = (0..<3).map { scaling.mean[$0] / scaling.std[$0] }
    biases = rows.taps.flatMap { rowTaps in
      columns.taps.map { columnTaps in
        scales.indices.map { output in
          var mean = 0.0
          for color in 0..<3 {
            let sum = weights.sum(output, color, rows: rowTaps, columns: columnTaps)
            mean += shifts[color] * Double(sum)
          }
          return Float(bias[output] - scales[output] * mean)
        }
      }
    }
  }

  /// Returns the biases (OC) of the window at row `y` and column `x`.
  package func bias(_ y: Int, _ x: Int) -> [Float] {
    biases[rowClasses[y] * (columnClasses.max().map { $0 + 1 } ?? 0) + columnClasses[x]]
  }

  /// Returns the taps inside the image of each class of windows along an axis, and each window's class.
  private static func classes(
    _ count: Int, _ weights: IntegerWeights, of extent: Int, kernel: Int
  ) -> (taps: [Range<Int>], classes: [Int]) {
    var taps: [Range<Int>] = []
    let classes = (0..<count).map { index in
      let first = index * weights.geometry.stride - weights.geometry.padding
      let inside = min(max(-first, 0), kernel)..<max(min(kernel, extent - first), 0)
      if let known = taps.firstIndex(of: inside) { return known }
      taps.append(inside)
      return taps.count - 1
    }
    return (taps, classes)
  }
}

extension IntegerWeights {
  /// Returns the sum of the weights at these taps of one input channel of an output channel.
  fileprivate func sum(
    _ output: Int, _ channel: Int, rows: Range<Int>, columns: Range<Int>
  ) -> Int {
    var sum = 0
    for y in rows {
      for x in columns {
        sum += Int(values[((output * shape[1] + channel) * shape[2] + y) * shape[3] + x])
      }
    }
    return sum
  }
}
