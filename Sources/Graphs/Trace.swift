package import Tensors

/// Everything that a forward pass computed, for the pass back.
package struct Trace: Sendable {
  /// What the readers of each node saw; nil for a node that was fused into the ReLU behind it.
  private let values: [Tensor?]
  /// The outputs of ReLUs before a map changed them, by node.
  private let rectified: [Int: Tensor]

  /// The graph's output.
  package var output: Tensor { self[values.count - 1] }

  /// What the readers of node `index` saw.
  package subscript(index: Int) -> Tensor {
    guard let value = values[index] else { preconditionFailure("node \(index) was not kept") }
    return value
  }

  /// The output of the ReLU at node `index` before any map.
  package func rectified(_ index: Int) -> Tensor { rectified[index] ?? self[index] }

  fileprivate init(_ executor: Executor) {
    values = executor.values
    rectified = executor.rectified
  }
}

/// What happens at a site on the way back: the gradient with respect to the activations before the
/// site's map, given those activations and the gradient with respect to the mapped ones.
package typealias ActivationGradientMap = (Site, Tensor, Tensor) -> Tensor

extension Graph {
  /// Returns the forward pass for `input` (N, C, H, W), with all that `backward` needs.
  package func trace(_ input: Tensor, activations: ActivationMap? = nil) -> Trace {
    var executor = Executor(self, input: input, keepsValues: true)
    for index in nodes.indices.dropFirst() {
      executor.evaluate(index, activations: activations)
    }
    return Trace(executor)
  }

  /// Walks from the output back, and returns the gradient with respect to the input if it is wanted.
  ///
  /// Nodes whose gradient nobody needs are left out: those before the first layer, unless the input's
  /// gradient is wanted.
  /// - Parameters:
  ///   - outputGradient: The gradient with respect to the output, of its shape.
  ///   - wantsInputGradient: False leaves out the last step to the input.
  ///   - activations: The way back through the maps of sites.
  ///   - visit: Is shown the gradient with respect to the output of each node, last node first.
  package func backward(
    _ trace: Trace, outputGradient: Tensor, wantsInputGradient: Bool = false,
    activations: ActivationGradientMap? = nil,
    visit: (_ node: Int, _ gradient: Tensor) -> Void = { _, _ in }
  ) -> Tensor? {
    let isNeeded = nodesWithGradients(wantsInputGradient: wantsInputGradient)
    var gradients = [Tensor?](repeating: nil, count: nodes.count)
    gradients[nodes.count - 1] = outputGradient
    for (index, node) in nodes.enumerated().reversed() where index > 0 && isNeeded[index] {
      guard var gradient = gradients[index] else { continue }
      gradients[index] = nil
      visit(index, gradient)
      guard node.inputs.contains(where: { isNeeded[$0] }) else { continue }
      if let activations, node.operation == .relu {
        gradient = activations(node.name, trace.rectified(index), gradient)
      }
      let inputGradients = node.operation.backward(
        gradient, input: { trace[node.inputs[$0]] }, output: { trace.rectified(index) })
      for (input, gradient) in zip(node.inputs, inputGradients) where isNeeded[input] {
        gradients[input].add(gradient)
      }
    }
    return gradients[0]
  }

  /// Whether each node's gradient is needed: those of layers, and of all behind them.
  private func nodesWithGradients(wantsInputGradient: Bool) -> [Bool] {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    isNeeded[0] = wantsInputGradient
    for (index, node) in nodes.enumerated().dropFirst() {
      if case .convolution = node.operation {
        isNeeded[index] = true
      } else {
        isNeeded[index] = node.inputs.contains { isNeeded[$0] }
      }
    }
    return isNeeded
  }

  /// Returns the gradients with respect to the weights of `layers`, in their order, for the gradient with
  /// respect to the output.
  package func weightGradients(
    _ trace: Trace, outputGradient: Tensor, activations: ActivationGradientMap? = nil
  ) -> [Tensor] {
    let layers = layers
    var gradients: [Int: Tensor] = [:]
    _ = backward(trace, outputGradient: outputGradient, activations: activations) {
      node, gradient in
      guard case .convolution(let convolution) = nodes[node].operation else { return }
      gradients[node] = convolution.weightGradient(
        input: trace[nodes[node].inputs[0]], outputGradient: gradient)
    }
    return layers.map { layer in
      gradients[layer.node] ?? Tensor(zeros: layer.weight.shape)
    }
  }
}

extension Tensor? {
  /// Adds a further gradient of a value that several nodes read.
  fileprivate mutating func add(_ gradient: Tensor) {
    guard self != nil else {
      self = gradient
      return
    }
    self?.add(gradient)
  }
}
