import Checkpoints
import Files
import Graphs

/// Pooling and means.
extension ONNXConverter {
  mutating func maxPool(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    let input = try maps(0, of: node, pending: true)
    try node.require(
      "ceil_mode", 0, "it rounds the size of its output up, so that windows leave the maps")
    if input.pending != nil, steps[input.step].operation != .relu {
      throw node.refused("padding with zeros changes its maxima, because no ReLU comes before it")
    }
    let (geometry, window) = try window(node, input, roundsUp: false)
    var output = append(.maxPool(window), [input.step], node, like: input)
    (output.height, output.width) = geometry.outputExtents(of: input)
    try requireExtents(output, node)
    return output
  }

  mutating func averagePool(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    let input = try maps(0, of: node)
    let pads = try node.integers("pads") ?? [0, 0, 0, 0]
    if let shape = try node.integers("kernel_shape"), shape.count == 2, shape[0] == input.height,
      shape[1] == input.width, pads.allSatisfy({ $0 == 0 })
    {
      return pooled(node, input)
    }
    let roundsUp = try node.integer("ceil_mode") ?? 0 != 0
    let (geometry, window) = try window(node, input, roundsUp: roundsUp)
    let countsPadding = try node.integer("count_include_pad") ?? 0 != 0
    guard window.padding == 0 || !countsPadding else {
      throw node.refused("its means count the zeros around the maps")
    }
    var output = append(.averagePool(window), [input.step], node, like: input)
    if roundsUp {
      output.height = input.height.map(window.outputExtent)
      output.width = input.width.map(window.outputExtent)
    } else {
      (output.height, output.width) = geometry.outputExtents(of: input)
    }
    try requireExtents(output, node)
    return output
  }

  /// Converts a mean over all pixels: `GlobalAveragePool`, or `ReduceMean` over rows and columns.
  mutating func mean(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    guard node.operation == "ReduceMean" else { return pooled(node, try maps(0, of: node)) }
    let input = try operand(0, of: node)
    var places = try node.integers("axes")
    if let name = node.input(1) { places = try integers(name, of: node) }
    let axes = (places ?? []).map { input.axis($0) }
    guard axes.count == 2, axes.contains(.rows), axes.contains(.columns) else {
      throw node.refused("its mean is not over the rows and columns of maps")
    }
    var output = pooled(node, input)
    if try node.integer("keepdims") ?? 1 == 0 {
      output.axes.removeAll { [.rows, .columns].contains($0) }
    }
    return output
  }

  private mutating func pooled(_ node: ONNXNodeReader, _ input: ONNXValue) -> ONNXValue {
    var output = append(.globalAveragePool, [input.step], node, like: input)
    (output.height, output.width) = (1, 1)
    return output
  }

  private func window(
    _ node: ONNXNodeReader, _ input: ONNXValue, roundsUp: Bool
  ) throws(InputError) -> (ONNXGeometry, Window) {
    guard let shape = try node.integers("kernel_shape"), shape.count == 2, shape[0] == shape[1]
    else { throw node.refused("its window is not square") }
    let geometry = try ONNXGeometry(node, kernel: (shape[0], shape[1]), input: input)
    guard geometry.padding <= shape[0] / 2 else {
      throw node.refused("its padding of \(geometry.padding) is more than half of its window")
    }
    let window = Window(
      kernel: shape[0], stride: geometry.stride, padding: geometry.padding, roundsUp: roundsUp)
    return (geometry, window)
  }
}
