internal import CKernels
internal import Engine
package import Execution
package import Graphs
package import Tensors

/// A unit prepared for many steps of reconstruction on blocked activations.
///
/// It holds the unit's activations, their gradients, and the kernels, whose weights change in every step.
/// `Graph.weightGradients` is the readable reference that it is tested against.
package final class UnitTrainer {
  private let layers: [TrainedLayer]
  private let inputs: BlockedActivations
  private let targets: BlockedActivations
  private let importance: BlockedActivations
  private var fixed: [FixedStep] = []
  /// The values of nodes, by node.
  private var values: [Int: BlockedActivations]
  /// The gradients with respect to each layer's sums before its ReLU, in the order of `layers`.
  private var gradients: [BlockedActivations] = []
  /// The convolutions in the order of `layers`.
  private var convolutions: [any TrainedConvolution] = []

  /// Creates the trainer for `batch` images of `inputShape` (C, H, W).
  ///
  /// It is nil if the process has no blocked kernels or if the unit has no `UnitLayout`.
  package init?(_ unit: Graph, inputShape: Shape, batch: Int) {
    guard ck_has_blocked_kernels() != 0, inputShape[0] % 16 == 0,
      let shapes = try? unit.shapes(for: inputShape), let layout = UnitLayout(unit, shapes: shapes)
    else { return nil }
    func room(_ node: Int) -> BlockedActivations {
      BlockedActivations(BlockedShape(shapes[node]), images: batch)
    }
    layers = layout.layers
    inputs = room(0)
    values = [0: inputs]
    targets = room(unit.nodes.count - 1)
    importance = room(unit.nodes.count - 1)
    for fused in layout.fixed {
      let output = room(fused.output)
      let node = unit.nodes[fused.node]
      fixed.append(
        FixedStep(
          node, hasReLU: fused.hasReLU, inputs: node.inputs.compactMap { values[$0] },
          residual: fused.residual.flatMap { values[$0] }, output: output))
      values[fused.output] = output
    }
    for layer in layers {
      values[layer.fused.output] = room(layer.fused.output)
      gradients.append(room(layer.fused.output))
    }
    // A value that is added to a layer's sums has the same gradient as the sums.
    for (index, layer) in layers.enumerated() {
      guard let residual = layer.fused.residual,
        let added = layers.firstIndex(where: { $0.fused.output == residual })
      else { continue }
      gradients[added] = gradients[index]
    }
    for index in layers.indices { convolutions.append(trained(index, of: unit)) }
  }

  private func trained(_ index: Int, of unit: Graph) -> any TrainedConvolution {
    let layer = layers[index]
    let input = unit.nodes[layer.fused.node].inputs[0]
    guard let source = values[input], let output = values[layer.fused.output] else {
      preconditionFailure("\(unit.nodes[layer.fused.node].name) has no place")
    }
    return makeTrainedConvolution(
      layer.convolution,
      TrainingPlaces(
        input: source, output: output, outputGradient: gradients[index],
        inputGradient: self.index(ofOutput: input).map { gradients[$0] }),
      epilogue: Epilogue(
        of: layer.convolution, relu: layer.fused.hasReLU, rounding: nil,
        residual: layer.fused.residual.flatMap { values[$0] }))
  }

  private func index(ofOutput node: Int) -> Int? {
    layers.firstIndex { $0.fused.output == node }
  }

  /// The indices of `layers` in the order of the unit's nodes.
  private var order: [Int] {
    layers.indices.sorted { layers[$0].fused.node < layers[$1].fused.node }
  }

  private var output: BlockedActivations {
    guard let output = values[layers[layers.count - 1].fused.output] else {
      preconditionFailure("the unit has no output")
    }
    return output
  }

  /// Returns the gradients of factor · Σ importance · (output − target)² with respect to the weights.
  ///
  /// - Parameters:
  ///   - weights: The weights of the unit's layers, in the order of its nodes.
  ///   - importance: The weight of every element of the output; nil is the same as ones.
  ///   - rows: The images of the batch.
  package func weightGradients(
    weights: [Tensor], inputs: ActivationCache, targets: ActivationCache,
    importance: ActivationCache?, rows: [Int], factor: Float, context: Context
  ) -> [Tensor] {
    load(weights, context: context)
    self.inputs.pack(inputs, rows: rows, context: context)
    self.targets.pack(targets, rows: rows, context: context)
    if let importance { self.importance.pack(importance, rows: rows, context: context) }
    forward(rows.count, context: context)
    differentiateLoss(
      rows.count, isWeighted: importance != nil, factor: factor, context: context)
    var weightGradients: [Int: Tensor] = [:]
    for index in layers.indices.reversed() {
      if index < layers.count - 1, layers[index].fused.hasReLU {
        maskWhereZero(index, rows.count, context: context)
      }
      weightGradients[index] = convolutions[index].backward(rows.count, context: context)
    }
    return order.compactMap { weightGradients[$0] }
  }

  /// Returns the unit's outputs for all of `inputs` with the weights that were loaded last.
  ///
  /// The bits depend neither on the size of the batch nor on the number of threads.
  package func outputs(_ inputs: Tensor, context: Context) -> Tensor {
    let shape = output.shape
    return Tensor(
      shape: [inputs.rowCount, shape.channels, shape.height, shape.width]
    ) { destination in
      for rows in (0..<inputs.rowCount).chunks(of: output.images) {
        self.inputs.pack(inputs, rows: Array(rows), context: context)
        forward(rows.count, context: context)
        output.unpack(rows.count, into: destination, from: rows.lowerBound, context: context)
      }
    }
  }

  /// Replaces the weights of the unit's layers, in the order of its nodes.
  package func load(_ weights: [Tensor], context: Context) {
    for (index, weight) in zip(order, weights) {
      convolutions[index].load(weight, context: context)
    }
  }

  private func forward(_ count: Int, context: Context) {
    for step in fixed { step.run(count, context: context) }
    for convolution in convolutions { convolution.forward(count, context: context) }
  }

  /// Computes the gradient with respect to the last layer's sums.
  ///
  /// It may include the borders, because output and target are both zero there.
  private func differentiateLoss(
    _ count: Int, isWeighted: Bool, factor: Float, context: Context
  ) {
    let hasReLU = layers[layers.count - 1].fused.hasReLU
    let (output, gradient) = (output, gradients[gradients.count - 1])
    let (targets, importance, floats) = (targets, importance, output.shape.floats)
    context.forEach(count) { image, _ in
      _ = ck_squared_loss(
        floats, output.image(image), targets.image(image),
        isWeighted ? importance.image(image) : nil, factor, gradient.image(image))
      if hasReLU { ck_relu_gradient(floats, output.image(image), gradient.image(image)) }
    }
  }

  private func maskWhereZero(_ index: Int, _ count: Int, context: Context) {
    guard let output = values[layers[index].fused.output] else { return }
    let gradient = gradients[index]
    context.forEach(count) { image, _ in
      ck_relu_gradient(output.shape.floats, output.image(image), gradient.image(image))
    }
  }
}
