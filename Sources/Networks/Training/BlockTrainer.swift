internal import CKernels
package import Execution
package import Tensors

/// A residual block laid out once for many steps of reconstruction: blocked activations, kernels whose
/// weights change with every step, and the gradients with respect to them.
///
/// `ResidualBlock.weightGradients` is the readable truth that it is tested against.
package final class BlockTrainer {
  private let block: ResidualBlock
  private let inputs: BlockedActivations
  private let targets: BlockedActivations
  private let importance: BlockedActivations
  /// Of each convolution of the branch; the last one's is the block's.
  private var outputs: [BlockedActivations] = []
  /// With respect to the sums of each convolution of the branch.
  private var gradients: [BlockedActivations] = []
  private var branch: [any TrainedConvolution] = []
  private var projection: (any TrainedConvolution)?
  private var subsampling: Subsampling?

  /// Room for `batch` images of `inputShape` (C, H, W); `nil` where the block or the processor needs another
  /// path: grouped convolutions, channels that are no multiples of 16, no AVX-512.
  package init?(_ block: ResidualBlock, inputShape: Shape, batch: Int) {
    guard ck_has_blocked_kernels() != 0, block.layers.allSatisfy(\.suitsBlocks),
      inputShape[0] % 16 == 0
    else { return nil }
    self.block = block
    let shape = BlockedShape(
      channels: inputShape[0], height: inputShape[1], width: inputShape[2])
    inputs = BlockedActivations(shape, images: batch)
    var shapes = [shape]
    for convolution in block.branch {
      shapes.append(
        convolution.outputShape(
          height: shapes[shapes.count - 1].height,
          width: shapes[shapes.count - 1].width))
    }
    let last = shapes[shapes.count - 1]
    targets = BlockedActivations(last, images: batch)
    importance = BlockedActivations(last, images: batch)
    outputs = shapes.dropFirst().map { BlockedActivations($0, images: batch) }
    gradients = shapes.dropFirst().map { BlockedActivations($0, images: batch) }
    layOutBranch(residual: layOutShortcut(last, batch: batch))
  }

  private func layOutShortcut(_ shape: BlockedShape, batch: Int) -> BlockedActivations {
    switch block.shortcut {
    case .identity: return inputs
    case .projection(let convolution):
      let output = BlockedActivations(shape, images: batch)
      projection = makeTrainedConvolution(
        convolution,
        TrainingPlaces(
          input: inputs, output: output, outputGradient: gradients[gradients.count - 1],
          inputGradient: nil),
        epilogue: Epilogue(of: convolution, relu: false, rounding: nil))
      return output
    case .subsampling(let stride, let padding):
      let output = BlockedActivations(shape, images: batch)
      subsampling = Subsampling(
        name: block.name, stride: stride, padding: padding, input: inputs, output: output)
      return output
    }
  }

  private func layOutBranch(residual: BlockedActivations) {
    for (index, convolution) in block.branch.enumerated() {
      let isLast = index == block.branch.count - 1
      branch.append(
        makeTrainedConvolution(
          convolution,
          TrainingPlaces(
            input: index == 0 ? inputs : outputs[index - 1], output: outputs[index],
            outputGradient: gradients[index],
            inputGradient: index == 0 ? nil : gradients[index - 1]),
          epilogue: Epilogue(
            of: convolution, relu: true, rounding: nil, residual: isLast ? residual : nil)))
    }
  }

  /// The gradients of factor · Σ importance · (output − target)² over the images at `rows`, with respect to
  /// the weights of `block.layers`, which are `weights`; `importance` may be missing: all ones.
  package func weightGradients(
    weights: [Tensor], inputs: ActivationCache, targets: ActivationCache,
    importance: ActivationCache?, rows: [Int], factor: Float, workers: Workers
  ) -> [Tensor] {
    load(weights, workers: workers)
    self.inputs.pack(inputs, rows: rows, workers: workers)
    self.targets.pack(targets, rows: rows, workers: workers)
    if let importance { self.importance.pack(importance, rows: rows, workers: workers) }
    forward(rows.count, workers: workers)
    differentiateLoss(
      rows.count, isWeighted: importance != nil, factor: factor, workers: workers)
    let shortcutGradient = projection.map { $0.backward(rows.count, workers: workers) }
    var weightGradients: [Tensor] = []
    for index in branch.indices.reversed() {
      weightGradients.append(branch[index].backward(rows.count, workers: workers))
      guard index > 0 else { break }
      maskWhereZero(gradients[index - 1], by: outputs[index - 1], rows.count, workers: workers)
    }
    return weightGradients.reversed() + (shortcutGradient.map { [$0] } ?? [])
  }

  /// The block's outputs for all of `inputs` with the weights that were last loaded, batch by batch; neither
  /// the batch nor the workers change a bit.
  package func outputs(_ inputs: Tensor, workers: Workers) -> Tensor {
    let output = outputs[outputs.count - 1]
    let shape = output.shape
    return Tensor(
      shape: [inputs.rowCount, shape.channels, shape.height, shape.width]
    ) { destination in
      for rows in (0..<inputs.rowCount).chunks(of: output.images) {
        self.inputs.pack(inputs, rows: Array(rows), workers: workers)
        forward(rows.count, workers: workers)
        output.unpack(rows.count, into: destination, from: rows.lowerBound, workers: workers)
      }
    }
  }

  /// Takes over the weights of `block.layers`.
  package func load(_ weights: [Tensor], workers: Workers) {
    for (convolution, weight) in zip(branch, weights) { convolution.load(weight, workers: workers) }
    if let projection { projection.load(weights[branch.count], workers: workers) }
  }

  private func forward(_ count: Int, workers: Workers) {
    projection?.forward(count, workers: workers)
    subsampling?.subsample(count, workers: workers)
    for convolution in branch { convolution.forward(count, workers: workers) }
  }

  /// The gradient with respect to the block's sum; on borders output and target are both zero.
  private func differentiateLoss(
    _ count: Int, isWeighted: Bool, factor: Float, workers: Workers
  ) {
    let (output, gradient) = (outputs[outputs.count - 1], gradients[gradients.count - 1])
    let (targets, importance, floats) = (targets, importance, output.shape.floats)
    workers.forEach(count) { image, _ in
      _ = ck_squared_loss(
        floats, output.image(image), targets.image(image),
        isWeighted ? importance.image(image) : nil, factor, gradient.image(image))
      ck_relu_gradient(floats, output.image(image), gradient.image(image))
    }
  }

  private func maskWhereZero(
    _ gradient: BlockedActivations, by output: BlockedActivations, _ count: Int, workers: Workers
  ) {
    workers.forEach(count) { image, _ in
      ck_relu_gradient(output.shape.floats, output.image(image), gradient.image(image))
    }
  }
}
