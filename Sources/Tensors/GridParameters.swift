/// The parameters of a uniform grid in the form that kernels take.
///
/// x̂ = (clamp(round(x / scale) + zeroPoint) − zeroPoint) · scale, with codes in 0..<levels.
package struct GridParameters: Sendable, Equatable {
  package let scale: Float
  package let zeroPoint: Int
  package let levels: Int

  package init(scale: Float, zeroPoint: Int, levels: Int) {
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.levels = levels
  }
}
