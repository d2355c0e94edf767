import Graphs
import Quantization
import Tensors

/// A convolution from codes to codes by the rule of ONNX Runtime's `QLinearConv`.
///
/// The sum Σ (x − zₓ) · w and the bias are exact 32-bit integers. Their total is converted to single
/// precision, multiplied by sₓ · s_w / s_y, rounded half to even, moved by the zero point and limited
/// to the grid. The limit at 0 is the ReLU.
struct IntegerLayer: Sendable {
  /// The integers c − z before shifts.
  ///
  /// If their sums may exceed 2²⁴, the input channels are divided among several tensors, whose sums in
  /// single precision are exact.
  private let parts: [Convolution]
  private let inputZeroPoint: Float
  private let shifts: [Int32]
  private let biases: [Int32]
  private let multipliers: [Float]
  private let grid: UniformAffine

  /// The bound below which all integers are exact in single precision.
  private static let exactBound = 1 << 24

  init(
    _ convolution: Convolution, _ weights: StoredWeights, bias: [Int32]?,
    from input: UniformAffine, to output: UniformAffine
  ) {
    let channels = convolution.outputChannels
    let gridIndices = (0..<channels).map { weights.scales.count == 1 ? 0 : $0 }
    grid = output
    inputZeroPoint = Float(input.zeroPoint)
    shifts = gridIndices.map { Int32(weights.shifts[$0]) }
    biases = bias ?? [Int32](repeating: 0, count: channels)
    multipliers = gridIndices.map { (input.scale * weights.scales[$0]) / output.scale }
    let top = max(input.zeroPoint, input.bitWidth.levels - 1 - input.zeroPoint)
    let shape = weights.shape
    let fanIn = shape.count / channels
    let integers = (0..<shape.count).map { place in
      Int(weights.values[place]) >> weights.shifts[gridIndices[place / fanIn]]
    }
    let kernelSize = shape[2] * shape[3]
    let runs = Self.divisions(
      integers, channels: channels, inputChannels: shape[1], kernelSize: kernelSize, top: top)
    parts = runs.map { run in
      var part = Convolution(
        weight: Tensor(
          shape: shape,
          scalars: integers.indices.map { place in
            run.contains(place / kernelSize % shape[1]) ? Float(integers[place]) : 0
          }), geometry: convolution.geometry)
      part.bias = nil
      return part
    }
  }

  /// Returns ranges of input channels whose sums stay below the bound.
  private static func divisions(
    _ integers: [Int], channels: Int, inputChannels: Int, kernelSize: Int, top: Int
  ) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var sums = [Int](repeating: 0, count: channels)
    for input in 0..<inputChannels {
      let added = (0..<channels).map { output in
        let first = (output * inputChannels + input) * kernelSize
        return integers[first..<first + kernelSize].reduce(0) { $0 + abs($1) } * top
      }
      if zip(sums, added).contains(where: { $0 + $1 >= exactBound }), input > start {
        ranges.append(start..<input)
        start = input
        sums = added
      } else {
        sums = zip(sums, added).map { $0 + $1 }
      }
    }
    return ranges + [start..<inputChannels]
  }

  /// Returns the codes (N, OC, OH, OW) of the output for the codes (N, C, H, W) of the input.
  func callAsFunction(_ codes: Tensor) -> Tensor {
    var input = codes
    if inputZeroPoint != 0 {
      input.scalars.withUnsafeMutableBufferPointer { values in
        for index in values.indices { values[index] -= inputZeroPoint }
      }
    }
    let sums = parts.map { $0(input) }
    let plane = sums[0].shape[2] * sums[0].shape[3]
    let channels = shifts.count
    let zeroPoint = Float(grid.zeroPoint)
    let (low, high) = (-zeroPoint, Float(grid.bitWidth.levels - 1) - zeroPoint)
    return Tensor(shape: sums[0].shape) { output in
      for (row, start) in stride(from: 0, to: output.count, by: plane).enumerated() {
        let channel = row % channels
        let (shift, bias) = (shifts[channel], biases[channel])
        let multiplier = multipliers[channel]
        for index in start..<start + plane {
          let total = sums.reduce(Int32(0)) { $0 &+ Int32($1.scalars[index]) }
          let value = Float((total << shift) &+ bias) * multiplier
          output[index] =
            min(max(value.rounded(.toNearestOrEven), low), high) + zeroPoint
        }
      }
    }
  }
}
