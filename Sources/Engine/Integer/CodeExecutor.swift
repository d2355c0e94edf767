package import Execution
internal import Graphs
internal import Quantization
package import Tensors

/// The float engine on codes, which computes the arithmetic of a quantized network with float kernels.
///
/// The kernels work on integers, and their sums are exact. The engine shares no kernel with
/// `IntegerProgram`, and their logits agree in every bit.
package struct CodeExecutor: Sendable {
  package let network: IntegerNetwork
  private let evaluations: [OperationEvaluation]

  /// The layers on codes or pixels, each with the bound of its partial sums and the number of float
  /// convolutions that its exact sums take.
  package var bounds: [(name: String, largestSum: Int, parts: Int)] {
    zip(network.operations, evaluations).compactMap { operation, evaluation in
      guard let largest = operation.kind.largestSum else { return nil }
      return (operation.name, largest, max(evaluation.partCount, 1))
    }
  }

  package init(_ network: IntegerNetwork, context: Context = .serial) {
    self.network = network
    evaluations = context.map(network.operations.count) {
      OperationEvaluation(network.operations[$0])
    }
  }

  /// Returns the logits (N, classes) of `input`.
  package func callAsFunction(_ input: NetworkInput, context: Context = .serial) -> Tensor {
    network.requireFit(input)
    let isShared = input.count >= context.threads
    let (outer, inner) = isShared ? (context, Context.serial) : (.serial, context)
    let logits = outer.map(input.count) { image in
      values(of: input, image, context: inner)[network.graph.nodes.count - 1]
    }
    return Tensor(
      joining: logits.map { value in
        guard case .floats(let tensor)? = value else { preconditionFailure("logits are floats") }
        return tensor.flattened()
      })
  }

  /// Returns the values of all nodes that operations compute, for one image.
  package func values(
    of input: NetworkInput, _ image: Int, context: Context = .serial
  ) -> [CodeValue?] {
    var values = [CodeValue?](repeating: nil, count: network.graph.nodes.count)
    for (operation, evaluation) in zip(network.operations, evaluations) {
      values[operation.fused.output] = evaluation(
        inputs(of: input, image, values), context: context)
    }
    return values
  }

  private func inputs(
    of input: NetworkInput, _ image: Int, _ values: [CodeValue?]
  ) -> CodeInputs {
    CodeInputs(
      graph: network.graph, grids: network.grids,
      pixels: { color in
        guard case .pixels(let pixels) = input else {
          preconditionFailure("the input is floats")
        }
        return pixels.plane(image, color)
      },
      stored: { [network] node in
        if node == 0 {
          let floats = input.tensor(image)
          return network.grids[0].map { .codes(CodeMaps(rounding: floats, to: $0)) }
            ?? .floats(floats)
        }
        guard let value = values[node] else {
          preconditionFailure("\(network.graph.nodes[node].name) is not computed")
        }
        return value
      })
  }
}

extension IntegerOperation.Kind {
  /// The bound of every partial sum; nil for operations without exact sums of products.
  fileprivate var largestSum: Int? {
    switch self {
    case .pixels(let layer): layer.weights.largestHalfSum * 255
    case .layer(let layer), .head(let layer): layer.largestSum
    default: nil
    }
  }
}

/// One operation on plain maps of codes and floats.
struct OperationEvaluation: Sendable {
  private let operation: IntegerOperation
  /// The exact sums of a layer on codes, or of each colour of a layer on pixels; otherwise empty.
  private let sums: [ExactSums]

  init(_ operation: IntegerOperation) {
    self.operation = operation
    switch operation.kind {
    // The head's sums are computed as integers.
    case .pixels(let layer):
      sums = (0..<3).map { ExactSums(layer.weights.ofColor($0), largestInput: 255) }
    case .layer(let layer): sums = [ExactSums(layer.weights, largestInput: layer.largestInput)]
    default: sums = []
    }
  }

  /// The number of float convolutions that a layer's exact sums take; 0 for other operations.
  var partCount: Int { sums.reduce(0) { $0 + $1.partCount } }

  func callAsFunction(_ inputs: CodeInputs, context: Context) -> CodeValue {
    let first = operation.inputs[0]
    switch operation.kind {
    case .pixels(let layer):
      let colors = (0..<3).map { sums[$0](inputs.pixels($0), context: context) }
      return inputs.finish(layer.value(colors), operation.tail)
    case .layer(let layer):
      let integers = inputs.codes(first).integers(zeroPoint: layer.input.zeroPoint)
      let value = layer.requantization(
        sums[0](integers, context: context), residual: operation.fused.residual.map(inputs.stored))
      return inputs.finish(value, operation.tail)
    case .head(let layer):
      let (sums, shape) = layer.headSums(inputs.codes(first))
      return inputs.finish(layer.requantization((sums, shape), residual: nil), operation.tail)
    case .selection: return .codes(inputs.selected(operation.fused.node, by: first))
    case .average(let window, let average):
      return inputs.finish(average.value(inputs.codes(first), window), operation.tail)
    case .sum(let sum):
      let (left, right) = (inputs.codes(first), inputs.codes(operation.inputs[1]))
      return .codes(
        CodeMaps(shape: left.shape, codes: zip(left.codes, right.codes).map(sum.code)))
    case .float:
      let result = inputs.graph.nodes[operation.fused.node].operation.forward(
        operation.inputs.map(inputs.floats), context: context)
      return inputs.finish(.floats(result), operation.tail)
    }
  }
}

/// The values that an operation may read, for one image.
struct CodeInputs {
  let graph: Graph
  let grids: [UniformAffine?]
  /// Returns the pixels of a colour as integers, (1, 1, H, W).
  let pixels: (Int) -> Tensor
  /// Returns the value of a node as it was computed.
  let stored: (Int) -> CodeValue

  func codes(_ node: Int) -> CodeMaps {
    guard case .codes(let maps) = stored(node) else {
      preconditionFailure("\(graph.nodes[node].name) has no codes")
    }
    return maps
  }

  /// Returns the value of `node` in floating point, (1, C, H, W).
  func floats(_ node: Int) -> Tensor {
    switch (stored(node), grids[node]) {
    case (.floats(let tensor), _): tensor
    case (.codes(let maps), let grid?): maps.values(grid)
    case (.codes, nil): preconditionFailure("\(graph.nodes[node].name) has no grid")
    }
  }

  /// Returns the codes that a max pooling or subsampling selects.
  func selected(_ node: Int, by input: Int) -> CodeMaps {
    let zeroPoint = grids[input]?.zeroPoint ?? 0
    // Zero stays zero in a pooling or subsampling of code − zero point.
    let selected = graph.nodes[node].operation.forward(
      [codes(input).integers(zeroPoint: zeroPoint)], context: .serial)
    return CodeMaps(
      shape: selected.imageShape, codes: selected.scalars.map { UInt8(Int($0) + zeroPoint) })
  }

  /// Returns `value` after the steps in floating point.
  func finish(_ value: CodeValue, _ tail: FloatTail) -> CodeValue {
    guard !tail.isEmpty, case .floats(var result) = value else { return value }
    if let residual = tail.residual { result.add(floats(residual)) }
    if tail.relu { result.relu() }
    return tail.grid.map { .codes(CodeMaps(rounding: result, to: $0)) } ?? .floats(result)
  }
}
