package import Tensors

/// The values of a forward pass, for the backward pass.
package struct Trace: Sendable {
  /// The value of each node as its readers saw it; nil for a node fused into the ReLU after it.
  private let values: [Tensor?]
  /// The outputs of ReLUs before a map changed them, by node.
  private let rectified: [Int: Tensor]

  /// The graph's output.
  package var output: Tensor { self[values.count - 1] }

  /// The value of node `index` as its readers saw it.
  package subscript(index: Int) -> Tensor {
    guard let value = values[index] else { preconditionFailure("node \(index) was not kept") }
    return value
  }

  /// Returns the output of the ReLU at node `index` before an activation map changed it.
  package func rectified(_ index: Int) -> Tensor { rectified[index] ?? self[index] }

  fileprivate init(_ executor: Executor) {
    values = executor.values
    rectified = executor.rectified
  }
}

/// A function that returns the gradient with respect to the activations before a site's map.
///
/// Its arguments are the site, those activations, and the gradient with respect to the mapped ones.
package typealias ActivationGradientMap = (Site, Tensor, Tensor) -> Tensor

extension Graph {
  /// Returns the forward pass for `input` (N, C, H, W), with all values that `backward` needs.
  package func trace(_ input: Tensor, activations: ActivationMap? = nil) -> Trace {
    var executor = Executor(self, input: input, keepsValues: true)
    for index in nodes.indices.dropFirst() {
      executor.evaluate(index, activations: activations)
    }
    return Trace(executor)
  }

  /// Computes gradients from the output back to the input.
  ///
  /// Nodes before the first layer are skipped unless the input's gradient is wanted.
  ///
  /// - Parameters:
  ///   - outputGradient: The gradient with respect to the output, of the same shape.
  ///   - wantsInputGradient: True to compute the gradient with respect to the input too.
  ///   - activations: The gradients of the maps at sites.
  ///   - visit: Receives the gradient with respect to the output of each node, last node first.
  /// - Returns: The gradient with respect to the input if it is wanted.
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

  /// Returns true for each node whose gradient is needed: layers and all nodes after them.
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

  /// Returns the gradients with respect to the weights of `layers`, in their order.
  ///
  /// - Parameter outputGradient: The gradient with respect to the output.
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
  /// Adds the gradient of one more reader of a value.
  fileprivate mutating func add(_ gradient: Tensor) {
    guard self != nil else {
      self = gradient
      return
    }
    self?.add(gradient)
  }
}
