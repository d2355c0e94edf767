import Checkpoints
import Files
import Graphs
import Tensors

/// A conversion of the nodes of an ONNX graph into steps of a network.
///
/// Each operation has its function in one of the extensions, by subject. Nothing here knows a family
/// of networks.
struct ONNXConverter {
  var constants: ONNXConstants
  private(set) var steps: [ONNXStep]
  private(set) var values: [String: ONNXValue] = [:]
  /// The remarks on parts that were left out.
  var notes: [String] = []
  let operatorSet: Int

  /// Converts the nodes on which the output depends.
  ///
  /// - Throws: `badData` that names the first node that is not supported.
  init(_ file: ONNXFile) throws(InputError) {
    let graph = file.model.graph
    operatorSet = try Self.operatorSet(of: file.model)
    constants = try ONNXConstants(file)
    steps = [ONNXStep(operation: .input, inputs: [], node: nil)]
    let readers = graph.nodes.map { ONNXNodeReader(node: $0, operatorSet: operatorSet) }
    try Self.refuseQuantized(readers)
    let output = try Self.output(of: graph)
    let needed = try Self.needed(for: output, readers)
    let input = try ONNXInput(graph, constants: constants, needed: needed.names)
    values[input.name] = input.value
    for reader in needed.nodes {
      try convert(reader)
    }
    try requireOutput(output)
    try removeUnread(output: values[output]?.step ?? 0)
  }

  /// Removes the steps of which only the shape was read; the output becomes the last step.
  private mutating func removeUnread(output: Int) throws(InputError) {
    var needed: Set<Int> = [0, output]
    for index in steps.indices.reversed() where needed.contains(index) {
      needed.formUnion(steps[index].inputs)
    }
    let kept = steps.indices.filter(needed.contains)
    guard kept.count <= Self.mostSteps else {
      throw InputError(
        .badONNX, "cannot use the ONNX model", at: "graph",
        because: "it has \(kept.count) operations, more than \(Self.mostSteps)",
        try: ONNXNodeReader.remedy)
    }
    let places = Dictionary(uniqueKeysWithValues: zip(kept, kept.indices))
    steps = kept.map { index in
      var step = steps[index]
      step.inputs = step.inputs.compactMap { places[$0] }
      return step
    }
  }

  private static let mostSteps = 10_000

  private mutating func convert(_ node: ONNXNodeReader) throws(InputError) {
    guard ["", "ai.onnx"].contains(node.node.domain) else { throw unsupported(node) }
    if try fold(node) { return }
    let value = try converted(node)
    guard values.updateValue(value, forKey: try node.output) == nil else {
      throw node.refused("another node makes the same output")
    }
  }

  private mutating func converted(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    switch node.operation {
    case "Conv": try convolution(node)
    case "Gemm": try gemm(node)
    case "MatMul": try matrixProduct(node)
    case "BatchNormalization": try batchNormalization(node)
    case "Relu": try unary(node, .relu)
    case "Sigmoid": try unary(node, .sigmoid)
    case "Add", "Sum", "Sub", "Mul", "Div": try arithmetic(node)
    case "MaxPool": try maxPool(node)
    case "AveragePool": try averagePool(node)
    case "GlobalAveragePool", "ReduceMean": try mean(node)
    case "Flatten", "Reshape": try reshape(node)
    case "Squeeze", "Unsqueeze": try squeeze(node)
    case "Transpose": try transpose(node)
    case "Pad": try pad(node)
    case "Slice": try slice(node)
    case "Softmax", "LogSoftmax": try softmax(node)
    case "Identity", "Dropout", "Cast", "CastLike": try passing(node)
    default: throw unsupported(node)
    }
  }

  /// Appends a step and returns its value, which has the layout of `value` unless it is changed.
  mutating func append(
    _ operation: Operation, _ inputs: [Int], _ node: ONNXNodeReader, parameter: String = "",
    like value: ONNXValue
  ) -> ONNXValue {
    steps.append(ONNXStep(operation: operation, inputs: inputs, node: node, parameter: parameter))
    var output = value
    output.step = steps.count - 1
    output.pending = nil
    return output
  }

  /// Replaces the operation of a step that nothing has read yet.
  mutating func replace(_ step: Int, by operation: Operation) { steps[step].operation = operation }

  /// Returns the value that an input names, even if it follows a softmax or has a pending part.
  func value(_ name: String, for node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    guard let value = values[name] else {
      throw node.refused(
        "no node before it makes its input '\(name.printable())'",
        try: "check that the file is complete")
    }
    return value
  }

  /// Returns the value of an input that an operation computes with.
  ///
  /// - Parameter pending: True if the operation also takes a pending part into account.
  mutating func operand(
    _ index: Int, of node: ONNXNodeReader, pending: Bool = false
  ) throws(InputError) -> ONNXValue {
    let name = try node.requiredInput(index)
    var value = try value(name, for: node)
    guard !value.isProbability else {
      throw node.refused("it reads the output of a softmax, which only the last node may be")
    }
    if !pending, case .stride = value.pending {
      value = try subsampled(value, padding: 0, node)
      values[name] = value
    }
    guard pending || value.pending == nil else {
      throw node.refused("it reads maps with a border, which only layers may do")
    }
    return value
  }

  /// Returns the value of an input as maps in the order (N, C, H, W).
  mutating func maps(
    _ index: Int, of node: ONNXNodeReader, pending: Bool = false
  ) throws(InputError) -> ONNXValue {
    let value = try operand(index, of: node, pending: pending)
    guard value.axes == ONNXValue.maps else {
      throw node.refused("its input is not in the order images, channels, rows, columns")
    }
    return value
  }

  private func requireOutput(_ name: String) throws(InputError) {
    func refused(_ reason: String) -> InputError {
      InputError(
        .badONNX, "cannot use the ONNX model", at: "output '\(name.printable())'",
        because: reason, try: ONNXNodeReader.remedy)
    }
    guard let value = values[name] else { throw refused("it does not depend on the image") }
    guard case .convolution = steps[value.step].operation, value.pending == nil,
      value.axes == ONNXValue.rows || value.isPooled
    else { throw refused("it is not the output of a linear layer, one number for each class") }
  }
}

extension ONNXConverter {
  /// Returns the version of ONNX's own operators.
  private static func operatorSet(of model: ONNXModel) throws(InputError) -> Int {
    let own = model.operatorSets.filter { ["", "ai.onnx"].contains($0.domain) }
    guard let version = own.first?.version, own.count == 1, version > 0 else {
      throw InputError(
        .badONNX, "cannot use the ONNX model", at: "operator sets",
        because: "it does not state one version of ONNX's operators", try: ONNXNodeReader.remedy)
    }
    return version
  }

  private static func output(of graph: ONNXGraph) throws(InputError) -> String {
    guard graph.outputs.count == 1, !graph.outputs[0].name.isEmpty else {
      let names = graph.outputs.prefix(8).map { $0.name.printable(limit: 40) }
      throw InputError(
        .badONNX, "cannot use the ONNX model",
        at: "outputs \(names.joined(separator: ", "))",
        because: "it has \(graph.outputs.count) outputs, but a classifier has one",
        try: ONNXNodeReader.remedy)
    }
    return graph.outputs[0].name
  }

  /// Returns the nodes on which `output` depends, in the order of the file, and all that they read.
  private static func needed(
    for output: String, _ nodes: [ONNXNodeReader]
  ) throws(InputError) -> (nodes: [ONNXNodeReader], names: Set<String>) {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for name in node.node.outputs where !name.isEmpty {
        guard makers.updateValue(index, forKey: name) == nil else {
          throw node.refused("another node makes the same output '\(name.printable())'")
        }
      }
    }
    var names: Set<String> = [output]
    var waiting = [output]
    var needed: Set<Int> = []
    while let name = waiting.popLast() {
      guard let maker = makers[name], needed.insert(maker).inserted else { continue }
      for input in nodes[maker].node.inputs where !input.isEmpty {
        if names.insert(input).inserted { waiting.append(input) }
      }
    }
    return (nodes.indices.filter(needed.contains).map { nodes[$0] }, names)
  }
}
