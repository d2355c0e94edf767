package import Quantization

/// The numbers that turn an exact sum into a code or a float (Docs/IntegerArithmetic.md).
///
/// For the sum `acc` of output channel o, in `Float`, with every step rounded once:
///
///     t = Float(acc + integerBias[o]) · multipliers[o]
///     t = t + bias[o]
///     t = t + Float(r − residual zero point) · residual multiplier, or t + r for sums
///     code = min(max(round(t) + zero point, low), high)
///
/// Rounding is half to even. A step without numbers is left out.
package struct Requantization: Sendable, Equatable {
  /// One number per output channel, added to its sum.
  package var integerBias: [Int32]?
  /// One factor per output channel.
  package var multipliers: [Float]
  /// One number per output channel.
  package var bias: [Float]?
  /// The value that is added before rounding, if there is one.
  package var residual: Residual?
  /// The codes of the result; nil leaves the floats `t`.
  package var codes: CodeRange?

  /// A value that is added before rounding.
  package enum Residual: Sendable, Equatable {
    case codes(zeroPoint: Int, multiplier: Float)
    /// Floats in the same unit as `t`.
    case sums
  }
}

/// The codes that a result may have.
package struct CodeRange: Sendable, Equatable {
  /// The code of zero.
  package let zeroPoint: Int
  /// The smallest code: the zero point after a ReLU, otherwise 0.
  package let low: Int
  /// The largest code.
  package let high: Int

  /// Creates the range of `grid`, without the codes of negative values if `relu` is true.
  package init(_ grid: UniformAffine, relu: Bool) {
    zeroPoint = grid.zeroPoint
    low = relu ? grid.zeroPoint : 0
    high = grid.bitWidth.levels - 1
  }

  /// Returns the code of `t`, in units of the grid.
  func code(_ t: Float) -> UInt8 {
    let code = t.rounded(.toNearestOrEven) + Float(zeroPoint)
    return code > Float(low) ? (code < Float(high) ? UInt8(code) : UInt8(high)) : UInt8(low)
  }
}

/// The sum of two maps of codes a and b.
///
/// It is t = Float(a − zeroPoints.0) · multipliers.0, then t + Float(b − zeroPoints.1) · multipliers.1.
package struct SumOfCodes: Sendable, Equatable {
  /// The zero points of both maps.
  package let zeroPoints: (Int, Int)
  /// The scales of both maps, divided by the scale of the result.
  package let multipliers: (Float, Float)
  /// The codes of the result.
  package let codes: CodeRange

  init(_ left: UniformAffine, _ right: UniformAffine, result: UniformAffine, relu: Bool) {
    zeroPoints = (left.zeroPoint, right.zeroPoint)
    multipliers = (
      Float(Double(left.scale) / Double(result.scale)),
      Float(Double(right.scale) / Double(result.scale))
    )
    codes = CodeRange(result, relu: relu)
  }

  func code(_ left: UInt8, _ right: UInt8) -> UInt8 {
    let t = Float(Int(left) - zeroPoints.0) * multipliers.0
    return codes.code(t + Float(Int(right) - zeroPoints.1) * multipliers.1)
  }

  package static func == (left: SumOfCodes, right: SumOfCodes) -> Bool {
    left.zeroPoints == right.zeroPoints && left.multipliers == right.multipliers
      && left.codes == right.codes
  }
}
