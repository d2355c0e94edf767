internal import CKernels
internal import Foundation
package import Quantization
package import Tensors

/// Learned rounding of one layer's weights (Nagel et al., "Up or Down?", ICML 2020): every weight is
/// rounded down and moved up again by h(α) in [0, 1], the rectified sigmoid.
///
/// Scale and zero point stay as they are; α begins where the soft weights equal the float ones.
package struct AdaRound: Sendable {
  /// The layer's weights on their grids, rounded to nearest: where it starts, and what it falls back to.
  package let nearest: QuantizedTensor
  /// ⌊w / scale⌋, one a weight.
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

  package init(weight: Tensor, nearest: QuantizedTensor) {
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
      let position = weight.scalars[index] / grids[index / fanIn].scale
      floor[index] = position.rounded(.down)
      alpha[index] = Self.alpha(whereRectifiedSigmoidIs: position - floor[index])
    }
    self.floor = floor
    self.alpha = alpha
    optimizer = Adam(count: alpha.count)
  }

  // h(α) = 1.2·sigmoid(α) − 0.1 solved for α.
  private static func alpha(whereRectifiedSigmoidIs fraction: Float) -> Float {
    Float(-log(1.2 / (Double(fraction) + 0.1) - 1))
  }

  /// scale · (clamp(floor + h(α) + zeroPoint) − zeroPoint), of the weights' shape.
  package func softWeights() -> Tensor {
    Tensor(shape: nearest.shape) { soft in
      ck_soft_weights(
        Int32(rows), Int32(columns), floor, alpha, scale, zeroPoint, levels, soft.baseAddress)
    }
  }

  /// The regulariser λ · Σ (1 − |2h(α) − 1|^β), and the gradient of regulariser and loss by α.
  ///
  /// The loss is known by its gradient with respect to the soft weights. No temperature leaves the
  /// regulariser out.
  package func gradient(
    softGradient: [Float], lambda: Float, temperature: Double?
  ) -> (regulariser: Double, gradient: [Float]) {
    var regulariser = 0.0
    let gradient = Tensor(shape: nearest.shape) { gradient in
      regulariser = ck_alpha_gradient(
        Int32(rows), Int32(columns), floor, alpha, scale, zeroPoint, levels,
        temperature == nil ? 0 : lambda, Float(temperature ?? 2), softGradient,
        gradient.baseAddress)
    }
    return (regulariser, gradient.scalars)
  }

  /// One step of Adam on α; returns the regulariser before it.
  package mutating func descend(
    softGradient: [Float], lambda: Float, temperature: Double?, rate: Float
  ) -> Double {
    let (regulariser, gradient) = gradient(
      softGradient: softGradient, lambda: lambda, temperature: temperature)
    optimizer.update(&alpha, gradient: gradient, rate: rate)
    return regulariser
  }

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
