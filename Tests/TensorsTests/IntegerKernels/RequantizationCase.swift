import CKernels
import Execution

/// A random requantization of a layer's sums, with the memory that it points to.
struct RequantizationCase {
  var kernel: ck_requantization
  let multipliers: KernelMemory<Float>
  let bias: KernelMemory<Float>
  let integerBias: KernelMemory<Int32>
  let residualCodes: CodeMap
  let residualSums: KernelMemory<Float>

  /// Draws a requantization for outputs with the layout of `output`.
  ///
  /// Half of the multipliers are powers of two, so that ties occur.
  init(
    for output: CodeMap, multipliers count: Int, biases: Int, residuals: Bool,
    _ generator: inout SplitMix64
  ) {
    let power = Float(sign: .plus, exponent: -generator.integer(2...14), significand: 1)
    let unit = generator.chance(1, in: 2) ? power : Float(generator.uniform(1e-5..<1e-2))
    multipliers = KernelMemory(
      (0..<count).map { _ in generator.chance(2, in: 3) ? unit : unit * Float(generator.uniform()) }
    )
    bias = KernelMemory(
      (0..<biases).map { _ in
        generator.chance(1, in: 4) ? 0.5 : Float(generator.uniform(-100..<100))
      })
    integerBias = KernelMemory(
      (0..<output.channels).map { _ in Int32(generator.integer(-5000...5000)) })
    residualCodes = CodeMap(output.layout, images: output.images)
    residualCodes.fill { UInt8(generator.integer(0...255)) }
    residualSums = KernelMemory(
      (0..<output.sums).map { _ in Float(generator.uniform(-50..<50)) })

    let zeroPoint = generator.chance(2, in: 3) ? 0 : generator.integer(0...200)
    kernel = ck_requantization(
      integer_bias: generator.chance(1, in: 4) ? integerBias.base : nil,
      multipliers: multipliers.base,
      bias: generator.chance(3, in: 4) ? bias.base : nil,
      zero_point: Int32(zeroPoint),
      low: generator.chance(2, in: 3) ? Int32(zeroPoint) : 0,
      high: generator.chance(1, in: 2) ? 255 : Int32(generator.integer(zeroPoint...255)),
      residual_codes: residuals && generator.chance(1, in: 3) ? residualCodes.memory.base : nil,
      residual_zero_point: generator.chance(1, in: 2) ? 0 : Int32(generator.integer(0...255)),
      residual_multiplier: Float(generator.uniform()),
      residual_sums: residuals && generator.chance(1, in: 4) ? residualSums.base : nil)
  }

  /// Returns t of Docs/IntegerArithmetic.md for the sum of one output.
  func value(of sum: Int, output: Int, at place: (image: Int, y: Int, x: Int), index: Int) -> Float
  {
    var sum = Int32(sum)
    if let integerBias = kernel.integer_bias { sum += integerBias[output] }
    var value = Float(sum) * multipliers.base[output]
    if let bias = kernel.bias { value += bias[output] }
    if kernel.residual_codes != nil {
      let code = residualCodes[place.image, place.y, place.x, output]
      let step = Float(Int32(code) - kernel.residual_zero_point) * kernel.residual_multiplier
      value += step
    }
    if kernel.residual_sums != nil { value += residualSums.base[index] }
    return value
  }

  /// Returns the code of t.
  func code(of value: Float) -> UInt8 {
    let rounded = Double(value.rounded(.toNearestOrEven)) + Double(kernel.zero_point)
    return UInt8(min(max(rounded, Double(kernel.low)), Double(kernel.high)))
  }
}
