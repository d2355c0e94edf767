package import Execution
package import Tensors

/// A convolution, or a linear layer, which is a 1×1 convolution of 1×1 maps; with the batch
/// normalisation that follows it until that is folded.
package struct Conv2d: Sendable, Equatable {
  /// The module's name in the checkpoint, such as `layer1.0.conv1`.
  package let name: String
  /// One kernel an output channel, (OC, C/groups, KH, KW).
  package var weight: Tensor
  /// (OC), or none.
  package var bias: [Float]?
  package let geometry: ConvolutionGeometry
  package var batchNorm: BatchNorm?

  package init(
    name: String, weight: Tensor, bias: [Float]? = nil, geometry: ConvolutionGeometry = .init(),
    batchNorm: BatchNorm? = nil
  ) {
    precondition(weight.shape.rank == 4, "\(name) has weights of shape \(weight.shape)")
    self.name = name
    self.weight = weight
    self.bias = bias
    self.geometry = geometry
    self.batchNorm = batchNorm
  }

  package var outputChannels: Int { weight.shape[0] }

  /// The output (N, OC, OH, OW) for `input` (N, C, H, W), through a ReLU if asked.
  package func callAsFunction(
    _ input: Tensor, relu: Bool = false, workers: Workers = .one
  ) -> Tensor {
    guard let batchNorm else {
      return input.convolved(with: weight, bias: bias, geometry, relu: relu, workers: workers)
    }
    var output = input.convolved(with: weight, bias: bias, geometry, workers: workers)
    let (factor, offset) = batchNorm.affine
    output.scaleAndShiftChannels(scale: factor.map(Float.init), shift: offset.map(Float.init))
    if relu { output.relu() }
    return output
  }

  /// The same map without batch normalisation: w·γ/√(σ²+ε) and β − μ·γ/√(σ²+ε), computed in Double.
  package func foldingBatchNorm() -> Conv2d {
    guard let batchNorm else { return self }
    let (factor, offset) = batchNorm.affine
    var folded = self
    let fanIn = weight.scalars.count / outputChannels
    folded.weight = Tensor(shape: weight.shape) { output in
      output.preferHugePages()
      for channel in 0..<outputChannels {
        let factor = factor[channel]
        for index in channel * fanIn..<(channel + 1) * fanIn {
          output[index] = Float(Double(weight.scalars[index]) * factor)
        }
      }
    }
    folded.bias = (0..<outputChannels).map { channel in
      Float(Double(bias?[channel] ?? 0) * factor[channel] + offset[channel])
    }
    folded.batchNorm = nil
    return folded
  }

  /// The gradient with respect to the weights, for the gradient with respect to the output.
  package func weightGradient(input: Tensor, outputGradient: Tensor) -> Tensor {
    input.convolutionWeightsGradient(
      outputGradient: outputGradient, weightsShape: weight.shape, geometry)
  }

  /// The gradient with respect to the input, for the gradient with respect to the output.
  package func inputGradient(inputShape: Shape, outputGradient: Tensor) -> Tensor {
    outputGradient.convolutionInputGradient(weights: weight, inputShape: inputShape, geometry)
  }
}
