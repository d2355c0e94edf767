package import Execution
package import Tensors

/// A step of a network: a function of one or two maps (N, C, H, W).
///
/// Each case has its forward and backward functions side by side in a file of `Operations/`.
package enum Operation: Sendable, Equatable {
  /// The graph's input; always node 0.
  case input
  /// A convolution, or a linear layer as a 1×1 convolution of 1×1 maps.
  case convolution(Convolution)
  /// A batch normalisation; in folded networks only those that no convolution precedes remain.
  case batchNorm(BatchNorm)
  case relu
  case sigmoid
  /// The sum of two maps of one shape.
  case add
  /// The product of maps (N, C, H, W) and gates (N, C, 1, 1), for squeeze-and-excitation.
  case multiply
  case maxPool(Window)
  case averagePool(Window)
  /// The mean of every map: (N, C, H, W) → (N, C, 1, 1).
  case globalAveragePool
  /// A fixed depthwise filter before a stride, for anti-aliased networks.
  case blur(Blur)
  /// Every n-th pixel, with channels of zeros added: CIFAR's residual connection without weights.
  case subsample(Subsample)

  /// The number of values that it reads.
  package var inputCount: Int {
    switch self {
    case .input: 0
    case .add, .multiply: 2
    default: 1
    }
  }
}

extension Operation {
  /// Returns the output for `inputs`, each (N, C, H, W).
  package func forward(_ inputs: [Tensor], context: Context) -> Tensor {
    switch self {
    case .input: preconditionFailure("the input is given, not computed")
    case .convolution(let convolution): convolution(inputs[0], context: context)
    case .batchNorm(let batchNorm): batchNorm(inputs[0])
    case .relu: inputs[0].rectified()
    case .sigmoid: inputs[0].sigmoid()
    case .add: inputs[0].adding(inputs[1])
    case .multiply: inputs[0].gated(by: inputs[1])
    case .maxPool(let window): inputs[0].maxPooled(window)
    case .averagePool(let window): inputs[0].averagePooled(window)
    case .globalAveragePool: inputs[0].meanPooled()
    case .blur(let blur): blur(inputs[0])
    case .subsample(let subsample): subsample(inputs[0])
    }
  }

  /// Returns the gradient with respect to each input.
  ///
  /// - Parameters:
  ///   - gradient: The gradient with respect to the output.
  ///   - input: Returns the input with an index; not every operation needs it.
  ///   - output: Returns the output; not every operation needs it.
  package func backward(
    _ gradient: Tensor, input: (Int) -> Tensor, output: () -> Tensor
  ) -> [Tensor] {
    switch self {
    case .input: []
    case .convolution(let convolution):
      [convolution.inputGradient(inputShape: input(0).shape, outputGradient: gradient)]
    case .batchNorm(let batchNorm): [batchNorm.inputGradient(outputGradient: gradient)]
    case .relu: [gradient.throughReLU(output: output())]
    case .sigmoid: [gradient.throughSigmoid(output: output())]
    case .add: [gradient, gradient]
    case .multiply: gradient.throughGate(maps: input(0), gates: input(1))
    case .maxPool(let window):
      [gradient.throughMaxPool(window, input: input(0))]
    case .averagePool(let window):
      [gradient.throughAveragePool(window, inputShape: input(0).shape)]
    case .globalAveragePool: [gradient.throughMeanPool(inputShape: input(0).shape)]
    case .blur(let blur): [blur.inputGradient(inputShape: input(0).shape, outputGradient: gradient)]
    case .subsample(let subsample):
      [subsample.inputGradient(inputShape: input(0).shape, outputGradient: gradient)]
    }
  }

  /// Returns the shape (C, H, W) of the output for inputs of these shapes, or nil if they do not fit.
  package func outputShape(_ inputs: [Shape]) -> Shape? {
    guard inputs.count == inputCount, inputs.allSatisfy({ $0.rank == 3 && $0.count > 0 }) else {
      return nil
    }
    switch self {
    case .input: return nil
    case .convolution(let convolution): return convolution.outputShape(inputs[0])
    case .batchNorm(let batchNorm): return batchNorm.channels == inputs[0][0] ? inputs[0] : nil
    case .relu, .sigmoid: return inputs[0]
    case .add: return inputs[0] == inputs[1] ? inputs[0] : nil
    case .multiply: return inputs[1] == [inputs[0][0], 1, 1] ? inputs[0] : nil
    case .maxPool(let window), .averagePool(let window): return window.outputShape(inputs[0])
    case .globalAveragePool: return [inputs[0][0], 1, 1]
    case .blur(let blur): return blur.outputShape(inputs[0])
    case .subsample(let subsample): return subsample.outputShape(inputs[0])
    }
  }
}
