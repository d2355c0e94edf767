package import CKernels
internal import Execution
package import Graphs
package import Tensors

/// The steps that are fused into a convolution: bias, residual sum, ReLU and rounding.
package struct Epilogue: Sendable {
  private let bias: FloatBuffer
  private let relu: Bool
  private let rounding: GridParameters?
  /// The activations that are added before the ReLU, if any.
  let residual: BlockedActivations?

  package init(
    of convolution: Convolution, relu: Bool, rounding: GridParameters?,
    residual: BlockedActivations? = nil
  ) {
    bias = FloatBuffer(
      convolution.bias ?? [Float](repeating: 0, count: convolution.outputChannels))
    self.relu = relu
    self.rounding = rounding
    self.residual = residual
  }

  /// The parameters in the form that kernels take; the bias is valid as long as this value.
  package var kernel: ck_epilogue {
    ck_epilogue(
      bias: bias.base, relu: relu ? 1 : 0, scale: rounding?.scale ?? 1,
      zero_point: Int32(rounding?.zeroPoint ?? 0), levels: Int32(rounding?.levels ?? 0))
  }

  /// Returns the address of an image of the residual, or nil if there is none.
  package func residualImage(_ index: Int) -> UnsafePointer<Float>? {
    residual.map { UnsafePointer($0.image(index)) }
  }
}
