internal import Execution
internal import Graphs
internal import Tensors

/// The exact sums of a layer, computed by the float kernels on integers.
///
/// Sums of integers in `Float` are exact, in any order, if every partial sum is below 2²⁴. The
/// weights are therefore divided into parts that keep this bound, usually one, and the sums of the
/// parts are added as integers.
struct ExactSums: Sendable {
  private let parts: [Tensor]
  private let geometry: ConvolutionGeometry

  /// The bound below which `Float` counts all integers.
  static let limit = 1 << 24

  /// Creates the sums for inputs of magnitude up to `largestInput`.
  init(_ weights: IntegerWeights, largestInput: Int) {
    geometry = weights.geometry
    let length = weights.shape.count / weights.shape[0]
    var count = 1
    while count < length, weights.largestHalfSum(parts: count) * largestInput >= Self.limit {
      count += 1
    }
    parts = weights.ranges(parts: count).map { range in
      Tensor(
        shape: weights.shape,
        scalars: weights.values.enumerated().map {
          range.contains($0.offset % length) ? Float($0.element) : 0
        })
    }
  }

  /// The number of float convolutions that it takes.
  var partCount: Int { parts.count }

  /// Returns the sums for integers (1, C, H, W), and their shape (OC, OH, OW).
  func callAsFunction(_ input: Tensor, context: Context) -> (sums: [Int32], shape: Shape) {
    var (sums, shape): ([Int32], Shape) = ([], [])
    for part in parts {
      let result = input.convolved(with: part, bias: nil, geometry, context: context)
      let products = result.scalars
      shape = result.imageShape
      if sums.isEmpty {
        sums = products.map { Int32($0) }
      } else {
        for index in sums.indices { sums[index] += Int32(products[index]) }
      }
    }
    return (sums, shape)
  }
}

extension IntegerWeights {
  /// Returns the taps of an output channel, cut into `parts` ranges.
  fileprivate func ranges(parts: Int) -> [Range<Int>] {
    let length = shape.count / shape[0]
    return (0..<length).chunks(of: (length + parts - 1) / parts)
  }

  /// Returns the largest half sum over any one of `parts` ranges of taps, of all output channels.
  fileprivate func largestHalfSum(parts: Int) -> Int {
    guard parts > 1 else { return largestHalfSum }
    let length = shape.count / shape[0]
    var largest = 0
    for output in 0..<shape[0] {
      for range in ranges(parts: parts) {
        var (positive, negative) = (0, 0)
        for tap in range {
          let value = Int(values[output * length + tap])
          if value > 0 { positive += value } else { negative -= value }
        }
        largest = max(largest, positive, negative)
      }
    }
    return largest
  }
}
