internal import CKernels
internal import Execution
internal import Tensors

/// Turns a network into the steps of an inference plan, sharing out buffers as it goes.
struct PlanCompiler {
  private(set) var steps: [any PlanStep] = []
  private let roundings: [ActivationSite: GridParameters]
  private let isExact: Bool
  private let workers: Workers
  private var pool: ActivationPool

  init(
    roundings: [ActivationSite: GridParameters], isExact: Bool, images: Int, workers: Workers
  ) {
    self.roundings = roundings
    self.isExact = isExact
    self.workers = workers
    pool = ActivationPool(images: images)
  }

  /// Appends all steps from images of `inputShape` (C, H, W) to logits.
  mutating func compile(_ network: ResNet, inputShape: Shape) {
    var activations = stem(network.stem, inputShape: inputShape)
    for block in network.blocks { activations = self.block(block, input: activations) }
    steps.append(PlannedHead(network.head, input: activations, images: pool.images))
  }

  private mutating func stem(_ stem: Stem, inputShape: Shape) -> BlockedActivations {
    let padding = stem.convolution.geometry.padding
    let (channels, height, width) = (inputShape[0], inputShape[1], inputShape[2])
    let imageFloats = (height + 2 * padding) * (width + 2 * padding) * channels
    let input = Interleaving(
      channels: channels, height: height, width: width, padding: padding,
      output: FloatBuffer(count: imageFloats * pool.images))
    steps.append(input)
    let convolution = stem.convolution
    let output = pool.take(convolution.outputShape(height: height, width: width))
    steps.append(
      IndirectConvolution(
        stem: convolution, input: input, output: output,
        epilogue: Epilogue(of: convolution, relu: true, rounding: roundings[convolution.name])))
    guard stem.hasMaxPool else { return output }
    let pooled = pool.take(
      BlockedShape(
        channels: output.shape.channels, height: (output.shape.height - 1) / 2 + 1,
        width: (output.shape.width - 1) / 2 + 1))
    steps.append(MaxPooling(input: output, output: pooled))
    pool.giveBack(output)
    return pooled
  }

  private mutating func block(
    _ block: ResidualBlock, input: BlockedActivations
  ) -> BlockedActivations {
    let residual = shortcut(block, input: input)
    var hidden = input
    for (index, convolution) in block.branch.enumerated() {
      let isLast = index == block.branch.count - 1
      let next = self.convolution(
        convolution, input: hidden,
        epilogue: Epilogue(
          of: convolution, relu: true,
          rounding: roundings[isLast ? block.name : convolution.name],
          residual: isLast ? residual : nil))
      if hidden !== input { pool.giveBack(hidden) }
      hidden = next
    }
    if residual !== input { pool.giveBack(residual) }
    pool.giveBack(input)
    return hidden
  }

  private mutating func shortcut(
    _ block: ResidualBlock, input: BlockedActivations
  ) -> BlockedActivations {
    switch block.shortcut {
    case .identity: return input
    case .projection(let convolution):
      return self.convolution(
        convolution, input: input,
        epilogue: Epilogue(of: convolution, relu: false, rounding: nil))
    case .subsampling(let stride, let padding):
      let output = pool.take(
        BlockedShape(
          channels: input.shape.channels + 2 * padding,
          height: (input.shape.height - 1) / stride + 1,
          width: (input.shape.width - 1) / stride + 1))
      steps.append(
        Subsampling(
          name: "\(block.name).shortcut", stride: stride, padding: padding, input: input,
          output: output))
      return output
    }
  }

  private mutating func convolution(
    _ convolution: Conv2d, input: BlockedActivations, epilogue: Epilogue
  ) -> BlockedActivations {
    let output = pool.take(
      convolution.outputShape(height: input.shape.height, width: input.shape.width))
    let suitsWinograd = convolution.weight.shape[2] == 3 && convolution.geometry.stride == 1
    // Rounded activations may fall on the other side of a step for the least difference.
    if suitsWinograd && !isExact && roundings.isEmpty {
      steps.append(
        WinogradConvolution(
          convolution, input: input, output: output, epilogue: epilogue, workers: workers))
    } else {
      steps.append(
        IndirectConvolution(convolution, input: input, output: output, epilogue: epilogue))
    }
    return output
  }
}
