internal import CKernels
package import Execution
internal import Foundation
package import Quantization
package import Tensors

/// Learned rounding of one layer's weights (Nagel et al., "Up or Down?", ICML 2020): every weight is
/// rounded down and moved up again by h(α) in [0, 1], the rectified sigmoid.
///
/// Scale and zero point stay as they are; α begins where the soft weights equal the float ones, or lean from
/// there towards another rounding.
package struct AdaRound: Sendable {
  /// The layer's weights on their grids, rounded to nearest.
  package let nearest: QuantizedTensor
  /// ⌊w / scale⌋, one a weight; where the rounding leant towards is further off, the lower code of the step
  /// from it towards w.
  private let floor: [Float]
  /// The rounding variables α, one a weight.
  package private(set) var alpha: [Float]
  /// One a row of (OC, C/groups·KH·KW).
  private let scale: [Float]
  private let zeroPoint: [Float]
  private var optimizer: Adam

  private var rows: Int { nearest.shape[0] }
  private var columns: Int { floor.count / rows }
  private var levels: Int32 { Int32(nearest.bitWidth.levels) }

  /// - Parameters:
  ///   - feedback: a rounding on the same grids that h begins to lean towards.
  ///   - lean: how far, from 0 (soft weights equal the float ones) to 1 (they equal `feedback`).
  package init(
    weight: Tensor, nearest: QuantizedTensor, feedback: QuantizedTensor? = nil, lean: Float = 0
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
        towards: feedback.map { Float($0.codes[index]) - Float(grid.zeroPoint) }, lean: lean)
      floor[index] = begin.floor
      alpha[index] = Self.alpha(whereRectifiedSigmoidIs: begin.fraction)
    }
    self.floor = floor
    self.alpha = alpha
    optimizer = Adam(count: alpha.count)
  }

  /// The lower of the two values that a weight chooses from, in steps of its scale, and where h begins.
  private static func begin(
    _ position: Float, towards value: Float?, lean: Float
  ) -> (floor: Float, fraction: Float) {
    let floor = position.rounded(.down)
    guard let value else { return (floor, position - floor) }
    let base = min(max(floor, value - 1), value)
    let fraction = min(max(position - base, 0), 1)
    return (base, fraction + lean * ((value > base ? 1 : 0) - fraction))
  }

  // h(α) = 1.2·sigmoid(α) − 0.1 solved for α.
  private static func alpha(whereRectifiedSigmoidIs fraction: Float) -> Float {
    Float(-log(1.2 / (Double(fraction) + 0.1) - 1))
  }

  /// scale · (clamp(floor + h(α) + zeroPoint) − zeroPoint), of the weights' shape.
  package func softWeights(workers: Workers = .one) -> Tensor {
    Tensor(shape: nearest.shape) { soft in
      let soft = SharedPointer(soft)
      workers.forEach(stretches) { stretch, _ in
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

  /// The regulariser λ · Σ (1 − |2h(α) − 1|^β), and the gradient of regulariser and loss by α.
  ///
  /// The loss is known by its gradient with respect to the soft weights. No temperature leaves the
  /// regulariser out.
  package func gradient(
    softGradient: [Float], lambda: Float, temperature: Double?, workers: Workers = .one
  ) -> (regulariser: Double, gradient: [Float]) {
    var regularisers: [Double] = []
    let gradient = Tensor(shape: nearest.shape) { gradient in
      let gradient = SharedPointer(gradient)
      regularisers = workers.map(stretches) { stretch in
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

  /// One step of Adam on α; returns the regulariser before it.
  package mutating func descend(
    softGradient: [Float], lambda: Float, temperature: Double?, rate: Float,
    workers: Workers = .one
  ) -> Double {
    let (regulariser, gradient) = gradient(
      softGradient: softGradient, lambda: lambda, temperature: temperature, workers: workers)
    optimizer.update(&alpha, gradient: gradient, rate: rate, workers: workers)
    return regulariser
  }

  // Rows are shared out in stretches of about this many weights.
  private static let stretchWeights = 1 << 15

  private var rowsAtOnce: Int { max(1, Self.stretchWeights / columns) }
  private var stretches: Int { (rows + rowsAtOnce - 1) / rowsAtOnce }

  private func rows(of stretch: Int) -> (first: Int, count: Int) {
    (stretch * rowsAtOnce, min(rowsAtOnce, rows - stretch * rowsAtOnce))
  }

  /// `body` with floor, α, scale and zero point.
  private func pointers<Result>(
    _ body: (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
    ) -> Result
  ) -> Result { body(floor, alpha, scale, zeroPoint) }

  /// Every weight up where α ≥ 0 and down elsewhere, as codes.
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
