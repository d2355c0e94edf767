package import Tensors

/// What happens at a site on the way back: the gradient with respect to the activations before the
/// site's map, given those activations and the gradient with respect to the mapped ones.
package typealias ActivationGradientMap = (ActivationSite, Tensor, Tensor) -> Tensor

/// What a forward pass through a residual block must remember for the pass back.
package struct BlockTrace: Sendable {
  /// What the block was given, (N, C, H, W).
  package let input: Tensor
  /// The ReLU outputs inside the branch, before the sites' maps.
  package let rectified: [Tensor]
  /// The same after the maps: what the next convolution saw.
  package let mapped: [Tensor]
  /// The block's ReLU output, before its site's map.
  package let sum: Tensor
  /// The block's output, after its site's map.
  package let output: Tensor
}

extension ResidualBlock {
  /// The forward pass, remembering what `weightGradients` and `inputGradient` need.
  package func trace(_ input: Tensor, activations: ActivationMap? = nil) -> BlockTrace {
    var rectified: [Tensor] = []
    var mapped: [Tensor] = []
    var hidden = input
    for convolution in branch.dropLast() {
      hidden = convolution(hidden, relu: true)
      rectified.append(hidden)
      if let activations { hidden = activations(convolution.name, hidden) }
      mapped.append(hidden)
    }
    var sum = branch[branch.count - 1](hidden)
    sum.addThenReLU(shortcut(input))
    return BlockTrace(
      input: input, rectified: rectified, mapped: mapped, sum: sum,
      output: activations.map { $0(name, sum) } ?? sum)
  }

  /// The gradients with respect to the weights of `layers`, in that order, for the gradient with
  /// respect to the output (N, OC, OH, OW).
  package func weightGradients(
    _ trace: BlockTrace, outputGradient: Tensor, activations: ActivationGradientMap? = nil
  ) -> [Tensor] {
    var shortcutGradients: [Tensor] = []
    var gradients: [Tensor] = []
    backward(
      trace, outputGradient: outputGradient, activations: activations,
      atSum: { gradient in
        if case .projection(let convolution) = shortcut {
          shortcutGradients.append(
            convolution.weightGradient(input: trace.input, outputGradient: gradient))
        }
      },
      atLayer: { index, input, gradient in
        gradients.append(branch[index].weightGradient(input: input, outputGradient: gradient))
      })
    return gradients.reversed() + shortcutGradients
  }

  /// The gradient with respect to the block's input, for the gradient with respect to its output.
  /// - Parameter atLayer: is shown the number of every convolution in `layers`, its input and the
  ///   gradient with respect to its output, the shortcut's first, then the branch's, last to first.
  package func inputGradient(
    _ trace: BlockTrace, outputGradient: Tensor, activations: ActivationGradientMap? = nil,
    atLayer: (_ layer: Int, _ input: Tensor, _ gradient: Tensor) -> Void = { _, _, _ in }
  ) -> Tensor {
    var inputGradient = Tensor(zeros: [0, 0, 0, 0])
    var shortcutGradient = inputGradient
    backward(
      trace, outputGradient: outputGradient, activations: activations,
      atSum: { gradient in
        if case .projection = shortcut { atLayer(branch.count, trace.input, gradient) }
        shortcutGradient = shortcut.inputGradient(
          inputShape: trace.input.shape, outputGradient: gradient)
      },
      atLayer: { index, input, gradient in
        atLayer(index, input, gradient)
        guard index == 0 else { return }
        inputGradient = branch[0].inputGradient(inputShape: input.shape, outputGradient: gradient)
      })
    inputGradient.add(shortcutGradient)
    return inputGradient
  }

  /// Walks the block from its output back to its input, and shows the gradient with respect to the sum
  /// and to each convolution's output (with that convolution's input), last first.
  package func backward(
    _ trace: BlockTrace, outputGradient: Tensor, activations: ActivationGradientMap?,
    atSum: (Tensor) -> Void, atLayer: (Int, Tensor, Tensor) -> Void
  ) {
    var gradient = activations.map { $0(name, trace.sum, outputGradient) } ?? outputGradient
    gradient.maskWhereZero(trace.sum)
    atSum(gradient)
    for index in branch.indices.reversed() {
      let input = index == 0 ? trace.input : trace.mapped[index - 1]
      atLayer(index, input, gradient)
      guard index > 0 else { return }
      gradient = branch[index].inputGradient(inputShape: input.shape, outputGradient: gradient)
      let rectified = trace.rectified[index - 1]
      if let activations { gradient = activations(branch[index - 1].name, rectified, gradient) }
      gradient.maskWhereZero(rectified)
    }
  }
}
