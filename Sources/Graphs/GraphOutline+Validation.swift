internal import Files
internal import Tensors

extension GraphOutline {
  private static let mostNodes = 20_000
  private static let mostChannels = 1 << 20
  private static let largestKernel = 63
  private static let strides = 1...16

  /// Checks that the nodes and units form a valid graph.
  ///
  /// A damaged file is refused here, before a network uses its numbers.
  ///
  /// - Throws: `badData` that names the node or unit.
  func validate() throws(InputError) {
    guard (2...Self.mostNodes).contains(nodes.count), nodes[0].operation == "input" else {
      throw Self.misfit(
        name, "it has \(nodes.count) nodes, or its first node is not the input")
    }
    for (index, node) in nodes.enumerated() { try validate(node, at: index) }
    try validateNames()
    var next = 1
    for unit in units {
      guard unit.first == next, unit.count > 0, unit.count <= nodes.count - next else {
        throw Self.misfit(unit.name, "the unit does not begin after the unit before it")
      }
      next += unit.count
      try validateInputs(of: unit)
    }
    guard next == nodes.count else { throw Self.misfit(name, "the units do not cover all nodes") }
  }

  private func validate(_ node: Node, at index: Int) throws(InputError) {
    guard node.inputs.allSatisfy({ (0..<index).contains($0) }) else {
      throw Self.misfit(node.name, "it is node \(index), but reads nodes \(node.inputs)")
    }
    switch node.operation {
    case "convolution": try validateConvolution(node)
    case "batch_norm":
      guard (1...Self.mostChannels).contains(node.channels ?? 0), (node.epsilon ?? -1) >= 0,
        node.inputs.count == 1
      else { throw Self.misfit(node.name, "its channels or epsilon are out of range") }
    default:
      guard let operation = node.plainOperation, node.inputs.count == operation.inputCount,
        (operation == .input) == (index == 0)
      else { throw Self.misfit(node.name, "its operation \(node.operation) is not valid here") }
      try validate(node, as: operation)
    }
  }

  private func validateConvolution(_ node: Node) throws(InputError) {
    let shape = node.shape ?? []
    guard shape.count == 4, shape.prefix(2).allSatisfy({ (1...Self.mostChannels).contains($0) }),
      shape.dropFirst(2).allSatisfy({ (1...Self.largestKernel).contains($0) })
    else { throw Self.misfit(node.name, "its weights have the shape \(shape)") }
    let (stride, padding, groups) = (node.stride ?? 0, node.padding ?? -1, node.groups ?? 0)
    guard Self.strides.contains(stride), (0..<max(shape[2], shape[3])).contains(padding),
      (1...Self.mostChannels).contains(groups), shape[0] % groups == 0, node.inputs.count == 1
    else {
      throw Self.misfit(
        node.name,
        "stride \(stride), padding \(padding) and \(groups) groups do not fit the shape \(shape)")
    }
  }

  private func validate(_ node: Node, as operation: Operation) throws(InputError) {
    let isSound =
      switch operation {
      case .maxPool(let window), .averagePool(let window):
        Self.strides.contains(window.stride)
          && (1...Self.largestKernel).contains(window.kernel)
          && (0...window.kernel / 2).contains(window.padding)
          && !(operation == .maxPool(window) && window.roundsUp)
      case .blur(let blur): Self.strides.contains(blur.stride)
      case .subsample(let subsample):
        Self.strides.contains(subsample.stride)
          && (0...Self.mostChannels).contains(subsample.padding)
      default: true
      }
    guard isSound else { throw Self.misfit(node.name, "its window is out of range") }
  }

  /// Throws if two layers, two normalisations or two sites have the same name.
  private func validateNames() throws(InputError) {
    for kind in ["convolution", "batch_norm", "relu"] {
      var seen: Set<String> = []
      for node in nodes where node.operation == kind && !seen.insert(node.name).inserted {
        throw Self.misfit(node.name, "two nodes have the same name")
      }
    }
  }

  private func validateInputs(of unit: Unit) throws(InputError) {
    let range = unit.first..<unit.first + unit.count
    let outside = Set(nodes[range].flatMap(\.inputs).filter { !range.contains($0) })
    guard outside == [unit.first - 1] else {
      throw Self.misfit(
        unit.name, "the unit reads nodes other than the output of the unit before it")
    }
  }

  static func misfit(_ place: String, _ reason: String) -> InputError {
    InputError(
      .badPackedFile, "the packed file does not describe a network", at: place, because: reason,
      try: "quantize the checkpoint again")
  }
}

extension Graph {
  /// Checks that every node accepts the channels of its inputs and that the last node is a layer.
  ///
  /// - Throws: `badData` that names the node.
  func validateChannels() throws(InputError) {
    guard case .convolution = nodes[nodes.count - 1].operation else {
      throw GraphOutline.misfit(nodes[nodes.count - 1].name, "the last node is not a layer")
    }
    var channels = [inputChannels]
    for node in nodes.dropFirst() {
      let inputs = node.inputs.map { channels[$0] }
      guard let output = node.operation.outputChannels(inputs) else {
        throw GraphOutline.misfit(
          node.name,
          "it cannot take inputs of \(inputs.map(String.init).joined(separator: " and ")) channels")
      }
      channels.append(output)
    }
  }
}

extension Operation {
  /// Returns the channels of the output for inputs with these channels, or nil if they do not fit.
  fileprivate func outputChannels(_ inputs: [Int]) -> Int? {
    switch self {
    case .input: nil
    case .convolution(let convolution):
      inputs[0] == convolution.inputChannels ? convolution.outputChannels : nil
    case .batchNorm(let batchNorm): inputs[0] == batchNorm.channels ? inputs[0] : nil
    case .add, .multiply: inputs[0] == inputs[1] ? inputs[0] : nil
    case .subsample(let subsample): inputs[0] + 2 * subsample.padding
    case .relu, .sigmoid, .maxPool, .averagePool, .globalAveragePool, .blur: inputs[0]
    }
  }
}
