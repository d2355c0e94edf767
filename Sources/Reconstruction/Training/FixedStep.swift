internal import CKernels
internal import Engine
internal import Execution
internal import Graphs
internal import Tensors

/// An operation without learned weights, on blocked activations, with the sum and the ReLU after it.
struct FixedStep {
  private let node: Node
  private let hasReLU: Bool
  private let inputs: [BlockedActivations]
  private let residual: BlockedActivations?
  private let output: BlockedActivations

  init(
    _ node: Node, hasReLU: Bool, inputs: [BlockedActivations], residual: BlockedActivations?,
    output: BlockedActivations
  ) {
    self.node = node
    self.hasReLU = hasReLU
    self.inputs = inputs
    self.residual = residual
    self.output = output
  }

  /// Computes the first `count` images of the output.
  func run(_ count: Int, context: Context) {
    let (node, hasReLU, inputs, residual, output) = (node, hasReLU, inputs, residual, output)
    context.forEach(count) { image, _ in
      if case .subsample(let subsample) = node.operation {
        var (from, to) = (inputs[0].shape.kernel, output.shape.kernel)
        ck_blocked_subsample(
          &from, &to, Int32(subsample.stride), Int32(subsample.padding), inputs[0].image(image),
          output.image(image))
        return
      }
      var result = node.operation.forward(inputs.map { $0.tensor(image) }, context: .serial)
      if let residual { result.add(residual.tensor(image)) }
      if hasReLU { result.relu() }
      output.store(result, image)
    }
  }
}
