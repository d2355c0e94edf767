internal import CKernels
internal import Execution
internal import Tensors

/// What is fused behind a convolution: bias, the shortcut's sum, ReLU and rounding.
struct Epilogue: Sendable {
  private let bias: FloatBuffer
  private let relu: Bool
  private let rounding: GridParameters?
  /// Added before the ReLU.
  let residual: BlockedActivations?

  init(
    of convolution: Conv2d, relu: Bool, rounding: GridParameters?,
    residual: BlockedActivations? = nil
  ) {
    bias = FloatBuffer(
      convolution.bias ?? [Float](repeating: 0, count: convolution.outputChannels))
    self.relu = relu
    self.rounding = rounding
    self.residual = residual
  }

  var kernel: ck_epilogue {
    ck_epilogue(
      bias: bias.base, relu: relu ? 1 : 0, scale: rounding?.scale ?? 1,
      zero_point: Int32(rounding?.zeroPoint ?? 0), levels: Int32(rounding?.levels ?? 0))
  }

  func residualImage(_ index: Int) -> UnsafePointer<Float>? {
    residual.map { UnsafePointer($0.image(index)) }
  }
}
