import Checkpoints
import Files
import Graphs
import Tensors

/// Convolutions, linear layers and normalisations.
extension ONNXConverter {
  mutating func convolution(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    let input = try maps(0, of: node, pending: true)
    let (weight, parameter) = try weights(1, of: node)
    guard weight.shape.count == 4, weight.shape.allSatisfy({ $0 > 0 }) else {
      throw node.refused("its weights have the shape \(weight.shape), but images need 4 axes")
    }
    let kernel = (height: weight.shape[2], width: weight.shape[3])
    let shape = try node.integers("kernel_shape") ?? [kernel.height, kernel.width]
    guard shape == [kernel.height, kernel.width] else {
      throw node.refused("its kernel_shape \(shape) differs from its weights \(weight.shape)")
    }
    let groups = try node.integer("group") ?? 1
    let (channels, depth) = (weight.shape[0], weight.shape[1])
    guard groups > 0, channels.isMultiple(of: groups),
      depth.multipliedReportingOverflow(by: groups) == (input.channels, false)
    else {
      throw node.refused(
        "weights of \(weight.shape) in \(groups) groups do not fit maps of \(input.channels)"
          + " channels")
    }
    if input.pending == .mirror { return try blur(node, input, weight) }
    let geometry = try ONNXGeometry(node, kernel: kernel, input: input)
    let bias = try node.input(2).map { name throws(InputError) in
      try vector(name, count: channels, of: node)
    }
    let convolution = Convolution(
      weight: Tensor(shape: Shape(weight.shape), scalars: weight.floats ?? []), bias: bias,
      geometry: .init(stride: geometry.stride, padding: geometry.padding, groups: groups))
    var output = append(
      .convolution(convolution), [input.step], node, parameter: parameter, like: input)
    output.channels = channels
    (output.height, output.width) = geometry.outputExtents(of: input)
    try requireExtents(output, node)
    return output
  }

  /// Appends the fixed filter of an anti-aliased network, which reads mirrored edges.
  private mutating func blur(
    _ node: ONNXNodeReader, _ input: ONNXValue, _ weight: ONNXConstant
  ) throws(InputError) -> ONNXValue {
    let binomial: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }
    let filters = (0..<input.channels).flatMap { _ in binomial }
    guard weight.shape == [input.channels, 1, 3, 3], weight.floats == filters,
      node.input(2) == nil
    else {
      throw node.refused(
        "it reads mirrored pixels, but is not the filter [1 2 1]ᵀ·[1 2 1] / 16 of every map")
    }
    var plain = input
    plain.pending = nil
    let geometry = try ONNXGeometry(node, kernel: (3, 3), input: plain)
    guard geometry.padding == 0 else { throw node.refused("it reads mirrored pixels and zeros") }
    var output = append(.blur(Blur(stride: geometry.stride)), [input.step], node, like: input)
    output.height = input.height.map { ($0 - 1) / geometry.stride + 1 }
    output.width = input.width.map { ($0 - 1) / geometry.stride + 1 }
    return output
  }

  mutating func gemm(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    try node.require("transA", 0, "it transposes its input")
    let bias = try node.input(2).map { name throws(InputError) in
      try constants.value(name, for: node)
    }
    return try linear(
      node, transposed: try node.integer("transB") ?? 0 == 0, bias: bias,
      factors: (try node.float("alpha") ?? 1, try node.float("beta") ?? 1))
  }

  mutating func matrixProduct(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    try linear(node, transposed: true, bias: nil, factors: (1, 1))
  }

  /// Appends a linear layer as a 1×1 convolution.
  ///
  /// - Parameters:
  ///   - transposed: True if the weights are (inputs, outputs).
  ///   - factors: The factors of weights and bias.
  private mutating func linear(
    _ node: ONNXNodeReader, transposed: Bool, bias: ONNXConstant?, factors: (Float, Float)
  ) throws(InputError) -> ONNXValue {
    let input = try operand(0, of: node)
    guard input.axes == ONNXValue.rows else {
      throw node.refused("its input is not one list of channels for each image")
    }
    var (weight, parameter) = try weights(1, of: node)
    guard weight.shape.count == 2, weight.shape.allSatisfy({ $0 > 0 }) else {
      throw node.refused("its weights have the shape \(weight.shape), but they need 2 axes")
    }
    if transposed { weight = weight.transposed([1, 0]) }
    guard weight.shape[1] == input.channels else {
      throw node.refused(
        "its weights take \(weight.shape[1]) inputs, but there are \(input.channels) channels")
    }
    let classes = weight.shape[0]
    var vector: [Float]?
    if let bias {
      guard let floats = bias.floats, [1, classes].contains(floats.count) else {
        throw node.refused("its bias has the shape \(bias.shape), but there are \(classes) outputs")
      }
      let all = floats.count == classes ? floats : [Float](repeating: floats[0], count: classes)
      vector = all.map { $0 * factors.1 }
      try requireFinite(vector ?? [], "bias", node)
    }
    let scalars = (weight.floats ?? []).map { $0 * factors.0 }
    try requireFinite(scalars, "weights", node)
    let convolution = Convolution(
      weight: Tensor(shape: [classes, input.channels, 1, 1], scalars: scalars), bias: vector)
    var output = append(
      .convolution(convolution), [input.step], node, parameter: parameter, like: input)
    output.channels = classes
    return output
  }

  mutating func batchNormalization(_ node: ONNXNodeReader) throws(InputError) -> ONNXValue {
    let input = try operand(0, of: node)
    guard input.axes.prefix(2) == [.batch, .channels] else {
      throw node.refused("its input is not in the order images, channels, rows, columns")
    }
    try node.require("training_mode", 0, "it computes with statistics of the batch")
    if operatorSet < 7 {
      guard try node.integer("is_test") ?? 0 != 0 || node.node.outputs.count == 1 else {
        throw node.refused("it computes with statistics of the batch")
      }
    }
    // MXNet's exporter wrote `spatial` = 0 by mistake. Vectors of parameters show that it means 1.
    let vectors = try (1...4).map { index throws(InputError) in
      try vector(node.requiredInput(index), count: input.channels, of: node)
    }
    if let channel = vectors[3].firstIndex(where: { $0 < 0 }) {
      throw node.refused("the variance of channel \(channel) is \(vectors[3][channel])")
    }
    let epsilon = try node.float("epsilon") ?? 1e-5
    guard epsilon >= 0, epsilon.isFinite else {
      throw node.refused("its epsilon is \(epsilon)")
    }
    // The decimal number that the float stands for: 1e-5 and not 9.99999975e-6.
    let decimal = Double(epsilon.description) ?? Double(epsilon)
    let normalization = BatchNorm(
      scale: vectors[0], shift: vectors[1], mean: vectors[2], variance: vectors[3],
      epsilon: decimal)
    let parameter = constants.original(of: try node.requiredInput(1))
    if input.step == 0 { noteNormalization(node) }
    return append(
      .batchNorm(normalization), [input.step], node, parameter: parameter, like: input)
  }

  /// Notes that the network normalises its input, in addition to the transform of images.
  mutating func noteNormalization(_ node: ONNXNodeReader) {
    notes.append(
      "node \(node.label) normalises the image inside the network, after --mean and --std")
  }
}

extension ONNXConverter {
  /// Returns the weights of a layer and the name of their initializer.
  private mutating func weights(
    _ index: Int, of node: ONNXNodeReader
  ) throws(InputError) -> (weight: ONNXConstant, parameter: String) {
    let name = try node.requiredInput(index)
    guard constants.contains(name) else {
      throw node.refused("its weights are computed from the image")
    }
    let weight = try constants.value(name, for: node)
    guard case .floats(let floats) = weight.numbers else {
      throw node.refused("its weights are integers", try: "give the full-precision model")
    }
    try requireFinite(floats, "weights", node)
    return (weight, constants.original(of: name))
  }

  /// Returns one constant for each channel.
  mutating func vector(
    _ name: String, count: Int, of node: ONNXNodeReader
  ) throws(InputError) -> [Float] {
    let constant = try constants.value(name, for: node)
    guard case .floats(let floats) = constant.numbers, constant.shape == [count] else {
      throw node.refused(
        "its input '\(name.printable(limit: 80))' has the shape \(constant.shape), but there are"
          + " \(count) channels")
    }
    try requireFinite(floats, "input '\(name.printable(limit: 80))'", node)
    return floats
  }

  func requireFinite(
    _ floats: [Float], _ what: String, _ node: ONNXNodeReader
  ) throws(InputError) {
    guard let index = floats.firstIndex(where: { !$0.isFinite }) else { return }
    throw node.refused(
      "element \(index) of its \(what) is \(floats[index])",
      try: "export it again or train the model again; such weights cannot be evaluated")
  }
}
