package import Execution
package import Tensors

/// A two-dimensional convolution (cross-correlation); a linear layer is a 1×1 convolution of 1×1 maps.
package struct Convolution: Sendable, Equatable {
  /// The weights, one kernel per output channel, (OC, C/groups, KH, KW).
  package var weight: Tensor
  /// The bias (OC), or nil.
  package var bias: [Float]?
  package let geometry: ConvolutionGeometry

  package init(weight: Tensor, bias: [Float]? = nil, geometry: ConvolutionGeometry = .init()) {
    precondition(weight.shape.rank == 4, "weights of shape \(weight.shape)")
    self.weight = weight
    self.bias = bias
    self.geometry = geometry
  }

  package var outputChannels: Int { weight.shape[0] }
  package var inputChannels: Int { weight.shape[1] * geometry.groups }
  /// The height and width of its kernels.
  package var kernel: (height: Int, width: Int) { (weight.shape[2], weight.shape[3]) }

  /// Returns the output: (N, C, H, W) → (N, OC, OH, OW).
  ///
  /// - Parameter relu: True to apply a ReLU to the output.
  package func callAsFunction(
    _ input: Tensor, relu: Bool = false, context: Context = .serial
  ) -> Tensor {
    input.convolved(with: weight, bias: bias, geometry, relu: relu, context: context)
  }

  /// Returns the gradient (N, C, H, W) with respect to the input.
  ///
  /// - Parameter outputGradient: The gradient (N, OC, OH, OW) with respect to the output.
  package func inputGradient(inputShape: Shape, outputGradient: Tensor) -> Tensor {
    outputGradient.convolutionInputGradient(weights: weight, inputShape: inputShape, geometry)
  }

  /// Returns the gradient (OC, C/groups, KH, KW) with respect to the weights.
  package func weightGradient(input: Tensor, outputGradient: Tensor) -> Tensor {
    input.convolutionWeightsGradient(
      outputGradient: outputGradient, weightsShape: weight.shape, geometry)
  }

  /// Returns the shape of the output, (C, H, W) → (OC, OH, OW), or nil if the input does not fit.
  func outputShape(_ input: Shape) -> Shape? {
    guard input[0] == inputChannels else { return nil }
    let height = geometry.outputExtent(input[1], kernel: kernel.height)
    let width = geometry.outputExtent(input[2], kernel: kernel.width)
    guard height > 0, width > 0, input[1] + 2 * geometry.padding >= kernel.height,
      input[2] + 2 * geometry.padding >= kernel.width
    else { return nil }
    return [outputChannels, height, width]
  }
}
