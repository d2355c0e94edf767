package import Execution
package import Networks
package import Tensors

/// A part of the network that is reconstructed as a whole: a residual block, or the head.
package protocol ReconstructionUnit: Sendable {
  var name: String { get }
  var layers: [Conv2d] { get }
  func mapLayers(_ transform: (Conv2d) throws -> Conv2d) rethrows -> Self

  /// What the layer at `index` of `layers` is given where `input` enters the unit.
  func input(ofLayer index: Int, for input: Tensor, workers: Workers) -> Tensor

  /// The unit's output for `input`, through `activations` at its sites.
  func output(_ input: Tensor, activations: ActivationMap?) -> Tensor

  /// The gradients with respect to the weights of `layers`, where `gradient` turns the unit's output
  /// into the loss's gradient with respect to it.
  func weightGradients(_ input: Tensor, gradient: (Tensor) -> Tensor) -> [Tensor]

  /// The unit laid out for many steps on inputs of `inputShape` (C, H, W), where there is such a layout.
  func makeTrainer(inputShape: Shape, batch: Int) -> BlockTrainer?
}

extension ResidualBlock: ReconstructionUnit {
  package func input(ofLayer index: Int, for input: Tensor, workers: Workers) -> Tensor {
    // The layer behind the branch is the shortcut's.
    guard index < branch.count else { return input }
    return branch.prefix(index).reduce(input) { $1($0, relu: true, workers: workers) }
  }

  package func output(_ input: Tensor, activations: ActivationMap?) -> Tensor {
    self(input, activations: activations)
  }

  package func weightGradients(_ input: Tensor, gradient: (Tensor) -> Tensor) -> [Tensor] {
    let trace = trace(input)
    return weightGradients(trace, outputGradient: gradient(trace.output))
  }

  package func makeTrainer(inputShape: Shape, batch: Int) -> BlockTrainer? {
    BlockTrainer(self, inputShape: inputShape, batch: batch)
  }
}

/// The linear layer on pooled features (N, C, 1, 1); it has no ReLU and no activation site.
package struct HeadUnit: ReconstructionUnit {
  package let layer: Conv2d

  package init(_ layer: Conv2d) { self.layer = layer }

  package var name: String { layer.name }
  package var layers: [Conv2d] { [layer] }

  package func mapLayers(_ transform: (Conv2d) throws -> Conv2d) rethrows -> HeadUnit {
    HeadUnit(try transform(layer))
  }

  package func input(ofLayer index: Int, for input: Tensor, workers: Workers) -> Tensor { input }

  package func output(_ input: Tensor, activations: ActivationMap?) -> Tensor { layer(input) }

  package func weightGradients(_ input: Tensor, gradient: (Tensor) -> Tensor) -> [Tensor] {
    [layer.weightGradient(input: input, outputGradient: gradient(layer(input)))]
  }

  package func makeTrainer(inputShape: Shape, batch: Int) -> BlockTrainer? { nil }
}
