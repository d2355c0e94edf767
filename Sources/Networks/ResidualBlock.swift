package import Execution
package import Tensors

/// A place where activations may be observed or quantized: after a ReLU, named by what produced it.
///
/// `conv1` is the stem's output, `layer1.0.conv1` that of a convolution inside a block, `layer1.0` the
/// block's own.
package typealias ActivationSite = String

/// What happens to the activations at a site on their way forward.
package typealias ActivationMap = @Sendable (ActivationSite, Tensor) -> Tensor

/// A residual block (He et al., 2016): ReLU(branch(x) + shortcut(x)), with two convolutions (basic) or
/// three (bottleneck) in the branch and a ReLU after each but the last.
package struct ResidualBlock: Sendable, Equatable {
  /// Such as `layer1.0`.
  package let name: String
  package var branch: [Conv2d]
  package var shortcut: Shortcut

  package init(name: String, branch: [Conv2d], shortcut: Shortcut) {
    self.name = name
    self.branch = branch
    self.shortcut = shortcut
  }

  /// The convolutions in module order: the branch, then the shortcut's.
  package var layers: [Conv2d] {
    if case .projection(let convolution) = shortcut { branch + [convolution] } else { branch }
  }

  package var outputChannels: Int { branch[branch.count - 1].outputChannels }

  /// The block with every convolution replaced, in the order of `layers`.
  package func mapLayers(_ transform: (Conv2d) throws -> Conv2d) rethrows -> ResidualBlock {
    var block = self
    block.branch = try branch.map(transform)
    if case .projection(let convolution) = shortcut {
      block.shortcut = .projection(try transform(convolution))
    }
    return block
  }

  /// The sites inside the block, in order; the last is its output.
  package var activationSites: [ActivationSite] { branch.dropLast().map(\.name) + [name] }

  package func callAsFunction(
    _ input: Tensor, activations: ActivationMap? = nil, workers: Workers = .one
  ) -> Tensor {
    var hidden = input
    for convolution in branch.dropLast() {
      hidden = convolution(hidden, relu: true, workers: workers)
      if let activations { hidden = activations(convolution.name, hidden) }
    }
    var output = branch[branch.count - 1](hidden, workers: workers)
    output.addThenReLU(shortcut(input, workers: workers))
    return activations.map { $0(name, output) } ?? output
  }
}
