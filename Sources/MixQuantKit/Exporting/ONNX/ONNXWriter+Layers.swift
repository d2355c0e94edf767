import Checkpoints
import Graphs
import Quantization
import Tensors

extension ONNXWriter {
  /// Appends a convolution and returns its value.
  mutating func layer(
    _ name: String, _ convolution: Convolution, _ index: Int, _ input: String
  ) -> String {
    let inputs = [input] + parameters(name, convolution, index)
    let geometry = convolution.geometry
    let padding = geometry.padding
    return append(
      "Conv", name, inputs,
      [
        ONNXAttribute("dilations", .integers([1, 1])),
        ONNXAttribute("group", .integer(geometry.groups)),
        ONNXAttribute(
          "kernel_shape", .integers([convolution.kernel.height, convolution.kernel.width])),
        ONNXAttribute("pads", .integers([padding, padding, padding, padding])),
        ONNXAttribute("strides", .integers([geometry.stride, geometry.stride])),
      ])
  }

  /// Appends the last layer, whose value is the output of the graph.
  ///
  /// A layer of 1×1 maps is a matrix product, as in the graphs of PyTorch.
  mutating func head(
    _ name: String, _ convolution: Convolution, _ index: Int, _ input: String
  ) -> String {
    let source = network.graph.nodes[network.graph.nodes[index].inputs[0]].operation
    guard source == .globalAveragePool, convolution.kernel == (1, 1),
      convolution.geometry == ConvolutionGeometry()
    else {
      let maps = layer(name, convolution, index, input)
      return append("Flatten", "\(name).flatten", [maps], to: Self.output, [axis(1)])
    }
    let flat = append("Flatten", "\(name).flatten", [input], [axis(1)])
    return append(
      "Gemm", name, [flat] + parameters(name, convolution, index, isMatrix: true),
      to: Self.output, [ONNXAttribute("transB", .integer(1))])
  }

  private func axis(_ axis: Int) -> ONNXAttribute { ONNXAttribute("axis", .integer(axis)) }

  /// Appends the weights and the bias of a layer and returns their names.
  private mutating func parameters(
    _ name: String, _ convolution: Convolution, _ index: Int, isMatrix: Bool = false
  ) -> [String] {
    guard let weights = network.weights[index] else {
      preconditionFailure("\(name) has no stored weights")
    }
    let dimensions = weights.shape.dimensions
    let weight = dequantized(
      "\(name).weight", weights.tensor("\(name).weight_q", isMatrix ? 2 : dimensions.count),
      scales: weights.scales, zeroPoints: weights.zeroPoints, weights.container,
      isPerChannel: weights.isPerChannel)
    guard let bias = convolution.bias else { return [weight] }
    guard let integers = network.integerBias(ofLayerAt: index) else {
      return [
        weight,
        constant(ONNXTensor(name: "\(name).bias", dimensions: [bias.count], floats: bias)),
      ]
    }
    let codes = constant(
      ONNXTensor(name: "\(name).bias_q", dimensions: [bias.count], int32: integers.values))
    let scale = constant(
      ONNXTensor(name: "\(name).bias_scale", dimensions: [bias.count], floats: integers.scales))
    return [
      weight,
      append(
        "DequantizeLinear", "\(name).bias.dequantize", [codes, scale], to: "\(name).bias",
        [axis(0)]),
    ]
  }

  /// Appends a constant of integers with its scales and returns the name of its value.
  private mutating func dequantized(
    _ name: String, _ tensor: ONNXTensor, scales: [Float], zeroPoints: [Int],
    _ container: StoredWeights.Container, isPerChannel: Bool
  ) -> String {
    let dimensions = isPerChannel ? [scales.count] : []
    let inputs = [
      constant(tensor),
      constant(ONNXTensor(name: "\(name)_scale", dimensions: dimensions, floats: scales)),
      constant(
        container.tensor("\(name)_zp", dimensions: dimensions, values: zeroPoints.map(Int16.init))),
    ]
    return append(
      "DequantizeLinear", "\(name).dequantize", inputs, to: name, isPerChannel ? [axis(0)] : [])
  }
}

extension StoredWeights {
  /// Returns the integers as a constant with the first `rank` axes; the others have the extent 1.
  fileprivate func tensor(_ name: String, _ rank: Int) -> ONNXTensor {
    container.tensor(name, dimensions: Array(shape.dimensions.prefix(rank)), values: values)
  }
}

extension StoredWeights.Container {
  fileprivate func tensor(_ name: String, dimensions: [Int], values: [Int16]) -> ONNXTensor {
    switch self {
    case .int8:
      ONNXTensor(name: name, dimensions: dimensions, int8: values.map(Int8.init))
    case .uint8:
      ONNXTensor(name: name, dimensions: dimensions, uint8: values.map(UInt8.init))
    case .int4:
      ONNXTensor(
        name: name, elementType: .int4, dimensions: dimensions, packing: values.map(Int.init))
    case .uint4:
      ONNXTensor(
        name: name, elementType: .uint4, dimensions: dimensions, packing: values.map(Int.init))
    }
  }
}

extension ExportedNetwork {
  /// Returns the bias of a layer in 32-bit integers and their scales, one per output channel.
  ///
  /// It is nil for layers without a bias, for those that are not computed in integers, and in files as
  /// quantized. The scale is that of the sums: the input's times the weight's, in single precision.
  func integerBias(ofLayerAt index: Int) -> (values: [Int32], scales: [Float])? {
    guard flavour == .deploy, let layer = graph.layers.first(where: { $0.node == index }),
      isInteger(layer), let bias = layer.bias, let weights = weights[index],
      let input = codeGrids[graph.nodes[index].inputs[0]]
    else { return nil }
    let scales = bias.indices.map { input.scale * weights.scale(ofChannel: $0) }
    let values = zip(bias, scales).map { bias, scale in
      Int32(
        clamping: Int64(
          max(min((Double(bias) / Double(scale)).rounded(.toNearestOrEven), 4e18), -4e18)))
    }
    return (values, scales)
  }
}
