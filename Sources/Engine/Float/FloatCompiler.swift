internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// A compiler from a graph to the steps of a program, which also assigns their buffers.
struct FloatCompiler {
  private(set) var steps: [any ProgramStep] = []
  private let graph: Graph
  private let shapes: [Shape]
  private let roundings: [Site: GridParameters]
  private let isExact: Bool
  private let context: Context
  private var pool: ActivationPool
  private var values: [Int: Activations] = [:]

  /// Creates a compiler for `graph`.
  ///
  /// - Parameters:
  ///   - shapes: The shape (C, H, W) of every node's value.
  ///   - roundings: The grids of activations, by site.
  ///   - isExact: True to leave out Winograd's convolution.
  ///   - images: The number of images that pass through the program at the same time.
  init(
    _ graph: Graph, shapes: [Shape], roundings: [Site: GridParameters], isExact: Bool,
    images: Int, context: Context
  ) {
    self.graph = graph
    self.shapes = shapes
    self.roundings = roundings
    self.isExact = isExact
    self.context = context
    pool = ActivationPool(images: images)
  }

  /// Appends all steps from images to logits.
  mutating func compile() {
    let fusedNodes = graph.fusedNodes
    let lastReads = lastReads(of: fusedNodes.map(graph.inputs))
    for (index, fused) in fusedNodes.enumerated() {
      if graph.isPoolingBeforeLinear(fused.node) { continue }
      append(fused)
      for value in lastReads[index] {
        if let activations = values.removeValue(forKey: value) { pool.giveBack(activations) }
      }
    }
  }

  private mutating func append(_ fused: FusedNode) {
    let node = graph.nodes[fused.node]
    switch node.operation {
    case .convolution(let convolution) where graph.isLinearBehindPooling(fused.node):
      let pooling = graph.nodes[node.inputs[0]]
      if case .blocked(let input)? = values[pooling.inputs[0]] {
        steps.append(
          LinearStep(convolution, name: node.name, input: input, images: pool.images))
      } else {
        appendPlain(fused)
      }
    case .convolution(let convolution) where node.inputs[0] == 0 && convolution.hasBlockedOutput:
      appendFirst(fused, convolution)
    case .convolution(let convolution) where convolution.suitsBlocks:
      append(fused, convolution)
    case .maxPool(Window(kernel: 3, stride: 2, padding: 1)) where graph.isNowhereNegative(node):
      guard case .blocked(let input)? = values[node.inputs[0]] else { return appendPlain(fused) }
      let output = take(fused.output)
      steps.append(MaxPooling(name: node.name, input: input, output: output))
    case .subsample(let subsample):
      guard case .blocked(let input)? = values[node.inputs[0]],
        shapes[fused.output][0] % 16 == 0
      else { return appendPlain(fused) }
      steps.append(
        Subsampling(
          name: node.name, subsample: subsample, input: input, output: take(fused.output)))
    default: appendPlain(fused)
    }
  }

  /// Appends the convolution that reads the images.
  private mutating func appendFirst(_ fused: FusedNode, _ convolution: Convolution) {
    let padding = convolution.geometry.padding
    let shape = shapes[0]
    let imageFloats = (shape[1] + 2 * padding) * (shape[2] + 2 * padding) * shape[0]
    let input = Interleaving(
      channels: shape[0], height: shape[1], width: shape[2], padding: padding,
      output: FloatBuffer(count: imageFloats * pool.images))
    steps.append(input)
    let output = take(fused.output)
    steps.append(
      IndirectConvolution(
        images: convolution, name: graph.nodes[fused.node].name, input: input, output: output,
        epilogue: epilogue(of: convolution, fused)))
  }

  private mutating func append(_ fused: FusedNode, _ convolution: Convolution) {
    let node = graph.nodes[fused.node]
    let input = blocked(node.inputs[0])
    let epilogue = epilogue(of: convolution, fused)
    let output = take(fused.output)
    let suitsWinograd = convolution.kernel.height == 3 && convolution.geometry.stride == 1
    // With rounded activations, a tiny difference may move a value to another step of its grid.
    if suitsWinograd && !isExact && roundings.isEmpty {
      steps.append(
        WinogradConvolution(
          convolution, name: node.name, input: input, output: output, epilogue: epilogue,
          context: context))
    } else {
      steps.append(
        IndirectConvolution(
          convolution, name: node.name, input: input, output: output, epilogue: epilogue))
    }
  }

  private mutating func epilogue(of convolution: Convolution, _ fused: FusedNode) -> Epilogue {
    Epilogue(
      of: convolution, relu: fused.hasReLU, rounding: rounding(fused),
      residual: fused.residual.map { blocked($0) })
  }

  private func rounding(_ fused: FusedNode) -> GridParameters? {
    let output = graph.nodes[fused.output]
    return output.operation == .relu ? roundings[output.name] : nil
  }

  /// Appends any operation on unpacked maps, computed by its plain definition.
  private mutating func appendPlain(_ fused: FusedNode) {
    let inputs = graph.nodes[fused.node].inputs
    let place: Activations =
      fused.output == graph.nodes.count - 1
      ? .logits
      : shapes[fused.output][0] % 16 == 0
        ? .blocked(pool.take(BlockedShape(shapes[fused.output])))
        : .plain(PlainActivations(shape: shapes[fused.output], images: pool.images))
    values[fused.output] = place
    steps.append(
      PlainStep(
        name: graph.nodes[fused.node].name, operation: graph.nodes[fused.node].operation,
        inputs: inputs.map { value($0) }, residual: fused.residual.map { value($0) },
        hasReLU: fused.hasReLU, rounding: rounding(fused), output: place))
  }

  private func value(_ node: Int) -> Activations {
    guard node != 0 else { return .images(shapes[0]) }
    if let value = values[node] { return value }
    // It can only be the pooling before the last layer, which `LinearStep` should have computed.
    preconditionFailure("\(graph.nodes[node].name) is not computed")
  }

  /// Returns a value for the blocked kernels; it must be blocked.
  private mutating func blocked(_ node: Int) -> BlockedActivations {
    if case .blocked(let activations)? = values[node] { return activations }
    preconditionFailure("\(graph.nodes[node].name) is not blocked")
  }

  private mutating func take(_ node: Int) -> BlockedActivations {
    let activations = pool.take(BlockedShape(shapes[node]))
    values[node] = .blocked(activations)
    return activations
  }
}
