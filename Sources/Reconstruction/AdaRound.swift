internal import CKernels
internal import Foundation
package import Execution
package import Quantization
package import Tensors

/// Learned rounding of one layer's weights (Nagel et al., "Up or Down?", ICML 2020).
///
/// Every weight is rounded down and then raised by h(α) in [0, 1] steps, with h the rectified
/// sigmoid. Scales and zero points do not change. At the beginning, the soft weights equal the float
/// weights, or lie between them and another rounding.
package struct AdaRound: Sendable {
  /// The layer's weights rounded to nearest.
  package let nearest: QuantizedTensor
  /// The lower of the two values between which a weight is rounded, in steps of its scale.
  ///
  /// It is ⌊w / scale⌋. If the starting rounding is neither that value nor the next one, it is the
  /// lower end of the step from the starting rounding towards w.
  private let floor: [Float]
  /// The rounding variables α, one per weight.
  package private(set) var alpha: [Float]
  /// The scales, one per row of (OC, C/groups·KH·KW).
  private let scale: [Float]
  /// The zero points, one per row.
  private let zeroPoint: [Float]
  private var optimizer: Adam

  private var rows: Int { nearest.shape[0] }
  private var columns: Int { floor.count / rows }
  private var levels: Int32 { Int32(nearest.bitWidth.levels) }

  /// Creates the rounding variables for `weight`.
  ///
  /// - Parameters:
  ///   - nearest: The weights rounded to nearest.
  ///   - start: A rounding on the same grids that moves h towards it at the beginning.
  ///   - attraction: From 0 (soft weights equal the float weights) to 1 (they equal `start`).
  package init(
    weight: Tensor, nearest: QuantizedTensor, start: QuantizedTensor? = nil, attraction: Float = 0
  ) {
    self.nearest = nearest
    let grids = (0..<nearest.shape[0]).map { row in
      nearest.granularity == .perTensor ? nearest.grids[0] : nearest.grids[row]
    }
    scale = grids.map(\.scale)
    zeroPoint = grids.map { Float($0.zeroPoint) }
    let fanIn = weight.scalars.count / weight.shape[0]
    var floor = weight.scalars
    var alpha = weight.scalars
    for index in weight.scalars.indices {
      let grid = grids[index / fanIn]
      let begin = Self.begin(
        weight.scalars[index] / grid.scale,
        towards: start.map { Float($0.codes[index]) - Float(grid.zeroPoint) },
        attraction: attraction)
      floor[index] = begin.floor
      alpha[index] = Self.alpha(whereRectifiedSigmoidIs: begin.fraction)
    }
    self.floor = floor
    self.alpha = alpha
    optimizer = Adam(count: alpha.count)
  }

  /// Returns the lower of a weight's two possible values, in steps of its scale, and h at the beginning.
  private static func begin(
    _ position: Float, towards value: Float?, attraction: Float
  ) -> (floor: Float, fraction: Float) {
    let floor = position.rounded(.down)
    guard let value else { return (floor, position - floor) }
    let base = min(max(floor, value - 1), value)
    let fraction = min(max(position - base, 0), 1)
    return (base, fraction + attraction * ((value > base ? 1 : 0) - fraction))
  }

  /// Returns the solution α of h(α) = 1.2·sigmoid(α) − 0.1.
  private static func alpha(whereRectifiedSigmoidIs fraction: Float) -> Float {
    Float(-log(1.2 / (Double(fraction) + 0.1) - 1))
  }

  /// Returns scale · (clamp(floor + h(α) + zeroPoint) − zeroPoint), of the weights' shape.
  package func softWeights(context: Context = .serial) -> Tensor {
    Tensor(shape: nearest.shape) { soft in
      let soft = SharedPointer(soft)
      context.forEach(stretches) { stretch, _ in
        let (first, count) = rows(of: stretch)
        let start = first * columns
        pointers { floor, alpha, scale, zeroPoint in
          ck_soft_weights(
            Int32(count), Int32(columns), floor + start, alpha + start, scale + first,
            zeroPoint + first, levels, soft.base.baseAddress.map { $0 + start })
        }
      }
    }
  }

  /// Returns the regulariser λ · Σ (1 − |2h(α) − 1|^β) and the gradient of the total loss in α.
  ///
  /// - Parameters:
  ///   - softGradient: The gradient of the reconstruction loss with respect to the soft weights.
  ///   - lambda: The weight λ of the regulariser.
  ///   - temperature: The exponent β; nil leaves out the regulariser.
  package func gradient(
    softGradient: [Float], lambda: Float, temperature: Double?, context: Context = .serial
  ) -> (regulariser: Double, gradient: [Float]) {
    var regularisers: [Double] = []
    let gradient = Tensor(shape: nearest.shape) { gradient in
      let gradient = SharedPointer(gradient)
      regularisers = context.map(stretches) { stretch in
        let (first, count) = rows(of: stretch)
        let start = first * columns
        return pointers { floor, alpha, scale, zeroPoint in
          softGradient.withUnsafeBufferPointer { softGradient in
            ck_alpha_gradient(
              Int32(count), Int32(columns), floor + start, alpha + start, scale + first,
              zeroPoint + first, levels, temperature == nil ? 0 : lambda,
              Float(temperature ?? 2), softGradient.baseAddress.map { $0 + start },
              gradient.base.baseAddress.map { $0 + start })
          }
        }
      }
    }
    return (regularisers.reduce(0, +), gradient.scalars)
  }

  /// Updates α by one step of Adam and returns the regulariser before the step.
  package mutating func descend(
    softGradient: [Float], lambda: Float, temperature: Double?, rate: Float,
    context: Context = .serial
  ) -> Double {
    let (regulariser, gradient) = gradient(
      softGradient: softGradient, lambda: lambda, temperature: temperature, context: context)
    optimizer.update(&alpha, gradient: gradient, rate: rate, context: context)
    return regulariser
  }

  // The approximate number of weights that a worker takes at a time.
  private static let stretchWeights = 1 << 15

  private var rowsAtOnce: Int { max(1, Self.stretchWeights / columns) }
  private var stretches: Int { (rows + rowsAtOnce - 1) / rowsAtOnce }

  private func rows(of stretch: Int) -> (first: Int, count: Int) {
    (stretch * rowsAtOnce, min(rowsAtOnce, rows - stretch * rowsAtOnce))
  }

  /// Calls `body` with the pointers to floor, α, scale and zero point.
  private func pointers<Result>(
    _ body: (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
    ) -> Result
  ) -> Result { body(floor, alpha, scale, zeroPoint) }

  /// Returns the codes of all weights, rounded up if α ≥ 0 and down otherwise.
  package func hardened() -> QuantizedTensor {
    let top = Float(levels - 1)
    let codes = alpha.indices.map { index in
      let row = index / columns
      let code = floor[index] + (alpha[index] >= 0 ? 1 : 0) + zeroPoint[row]
      return UInt8(min(max(code, 0), top))
    }
    return QuantizedTensor(
      shape: nearest.shape, codes: codes, grids: nearest.grids, granularity: nearest.granularity)
  }
}
