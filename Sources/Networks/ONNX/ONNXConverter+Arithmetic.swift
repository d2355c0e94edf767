import Checkpoints
import Files
import Graphs
import Tensors

/// Operations on each number: activations, sums, products, and arithmetic with constants.
extension ONNXConverter {
  mutating func unary(
    _ node: ONNXNodeReader, _ operation: Operation
  ) throws(InputError) -> ONNXValue {
    let input = try operand(0, of: node)
    return append(operation, [input.step], node, like: input)
  }

  mutating func arithmetic(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    guard node.inputCount == 2, node.node.inputs.count == 2 else {
      throw node.refused("it has \(node.inputCount) inputs, but 2 are supported")
    }
    let areConstant = node.node.inputs.map { constants.contains($0) }
    switch (node.operation, areConstant[0], areConstant[1]) {
    case ("Add", false, false), ("Sum", false, false): return try sum(node)
    case ("Mul", false, false): return try product(node)
    case (_, false, true): return try channelwise(node, constant: 1)
    case ("Add", true, false), ("Sum", true, false), ("Mul", true, false):
      return try channelwise(node, constant: 0)
    default: throw node.refused("it combines values in a way that is not supported")
    }
  }

  private mutating func sum(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    let (left, right) = (try operand(0, of: node), try operand(1, of: node))
    guard left.axes == right.axes, left.channels == right.channels,
      agree(left.height, right.height), agree(left.width, right.width)
    else { throw node.refused("it adds maps of different shapes") }
    var output = append(.add, [left.step, right.step], node, like: left)
    output.height = left.height ?? right.height
    output.width = left.width ?? right.width
    return output
  }

  private func agree(_ left: Int?, _ right: Int?) -> Bool {
    guard let left, let right else { return true }
    return left == right
  }

  /// Converts the product of maps with gates, as in squeeze-and-excitation.
  private mutating func product(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    let operands = [try maps(0, of: node), try maps(1, of: node)]
    guard
      let gate = operands.lastIndex(where: {
        $0.isPooled && steps[$0.step].operation == .sigmoid
      }), operands[0].channels == operands[1].channels
    else { throw node.refused("it multiplies maps by something other than one gate per channel") }
    let maps = operands[1 - gate]
    return append(.multiply, [maps.step, operands[gate].step], node, like: maps)
  }

  /// Converts arithmetic with one number per channel.
  ///
  /// A constant that is added to a layer's output becomes the layer's bias. Other constants make a
  /// normalisation with a variance of 1.
  private mutating func channelwise(
    _ node: ONNXNodeReader, constant place: Int
  ) throws(InputError) -> ONNXValue {
    let input = try operand(1 - place, of: node)
    let numbers = try perChannel(try node.requiredInput(place), like: input, of: node)
    if ["Add", "Sum"].contains(node.operation), let output = biased(input, by: numbers) {
      return output
    }
    let ones = [Float](repeating: 1, count: input.channels)
    let zeros = [Float](repeating: 0, count: input.channels)
    let (scale, shift, mean): ([Float], [Float], [Float]) =
      switch node.operation {
      case "Add", "Sum": (ones, numbers, zeros)
      case "Sub": (ones, zeros, numbers)
      case "Mul": (numbers, zeros, zeros)
      default: (numbers.map { 1 / $0 }, zeros, zeros)
      }
    try requireFinite(scale, "factors", node)
    if input.step == 0 { noteNormalization(node) }
    return append(
      .batchNorm(
        BatchNorm(scale: scale, shift: shift, mean: mean, variance: ones, epsilon: 0)),
      [input.step], node, like: input)
  }

  /// Adds a bias to the layer that makes `input`, if it is the last step and has none.
  private mutating func biased(_ input: ONNXValue, by bias: [Float]) -> ONNXValue? {
    guard input.step == steps.count - 1,
      case .convolution(var convolution) = steps[input.step].operation, convolution.bias == nil
    else { return nil }
    convolution.bias = bias
    replace(input.step, by: .convolution(convolution))
    return input
  }

  /// Returns a constant as one number for each channel of `input`.
  private mutating func perChannel(
    _ name: String, like input: ONNXValue, of node: ONNXNodeReader
  ) throws(InputError) -> [Float] {
    let constant = try constants.value(name, for: node)
    guard let floats = constant.floats else {
      throw node.refused("its constant is not known before images arrive")
    }
    try requireFinite(floats, "constant", node)
    if floats.count == 1 { return [Float](repeating: floats[0], count: input.channels) }
    var shape = constant.shape
    if operatorSet < 7, let axis = try node.integer("axis") {
      // Before operator set 7, a file states the first axis of the constant; now its last axes align.
      let first = axis < 0 ? axis + input.axes.count : axis
      guard input.axes.indices.contains(first), first + shape.count <= input.axes.count else {
        throw node.refused("its axis is \(axis)")
      }
      let rest = input.axes.count - first - shape.count
      shape += [Int](repeating: 1, count: rest)
    }
    guard shape.count <= input.axes.count, let channels = input.axes.firstIndex(of: .channels)
    else { throw node.refused("its constant has the shape \(constant.shape)") }
    let sizes = [Int](repeating: 1, count: input.axes.count - shape.count) + shape
    guard sizes[channels] == input.channels, floats.count == input.channels else {
      throw node.refused(
        "its constant has the shape \(constant.shape), which is not one number for each of"
          + " \(input.channels) channels")
    }
    return floats
  }
}
