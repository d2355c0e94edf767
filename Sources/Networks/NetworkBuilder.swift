import Files
import Graphs
import Tensors

/// A network under construction, whose nodes get their tensors from a checkpoint.
struct NetworkBuilder {
  var parameters: ParameterReader
  var graph = GraphBuilder()
  let context: BuildContext
  /// The number of classes, once the head is there.
  private(set) var classCount = 0

  init(_ parameters: ParameterReader, context: BuildContext) {
    self.parameters = parameters
    self.context = context
  }

  var options: ArchitectureOptions { context.options }

  /// Appends a convolution and the batch normalisation after it.
  ///
  /// It is padded by `padding`, or by half its kernel if that is nil. A network that was saved whole
  /// states stride and padding itself.
  ///
  /// In a checkpoint that is already folded, the convolution has a bias and no normalisation follows.
  ///
  /// - Returns: The last node and the number of its channels.
  mutating func convolution(
    _ name: String, _ shape: [Int?], stride: Int = 1, padding: Int? = nil, groups: Int = 1,
    batchNorm: String?, input: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let weight = try parameters.take("\(name).weight", shape)
    let channels = weight.shape[0]
    let hasBias = parameters.contains("\(name).bias")
    let bias = hasBias ? try parameters.takeVector("\(name).bias", count: channels) : nil
    let stated = try context.facts.geometry(of: name, groups: groups)
    var node = graph.append(
      name,
      .convolution(
        Convolution(
          weight: weight, bias: bias,
          geometry: .init(
            stride: stated?.stride ?? stride,
            padding: padding ?? stated?.padding ?? weight.shape[2] / 2, groups: groups))), input)
    if let batchNorm {
      let isNormalized =
        !hasBias || BatchNormParameter.allCases.contains { parameters.contains($0.of(batchNorm)) }
      if isNormalized { node = try normalization(batchNorm, channels: channels, input: node) }
    }
    return (node, channels)
  }

  /// Appends a batch normalisation of `channels` channels and returns its node.
  mutating func normalization(
    _ name: String, channels: Int, input: Int
  ) throws(InputError) -> Int {
    let scale = try parameters.takeVector(BatchNormParameter.weight.of(name), count: channels)
    let shift = try parameters.takeVector(BatchNormParameter.bias.of(name), count: channels)
    let mean = try parameters.takeVector(BatchNormParameter.mean.of(name), count: channels)
    let variance = try parameters.takeVector(
      BatchNormParameter.variance.of(name), count: channels)
    if let channel = variance.firstIndex(where: { $0 < 0 }) {
      throw parameters.refused(
        BatchNormParameter.variance.of(name),
        "the variance of channel \(channel) is \(variance[channel])",
        try: "check that the file is complete")
    }
    return graph.append(
      name,
      .batchNorm(
        BatchNorm(
          scale: scale, shift: shift, mean: mean, variance: variance,
          epsilon: options.bnEpsilon ?? context.facts.epsilon(of: name) ?? 1e-5)), input)
  }

  /// Appends a convolution, its batch normalisation and a ReLU with the convolution's name.
  mutating func rectified(
    _ name: String, _ shape: [Int?], stride: Int = 1, groups: Int = 1, batchNorm: String?,
    input: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let layer = try convolution(
      name, shape, stride: stride, groups: groups, batchNorm: batchNorm, input: input)
    return (graph.append(name, .relu, layer.node), layer.channels)
  }

  /// Appends the global average pooling, which ends the current unit, and the linear layer `name`.
  ///
  /// The layer is the last unit. It may have no bias, and its weights may be 1×1 kernels.
  mutating func head(
    _ name: String, channels: Int, input: Int
  ) throws(InputError) {
    let kernel = parameters.shape(of: "\(name).weight")?.rank == 4 ? [1, 1] : []
    let pooled = graph.append("avgpool", .globalAveragePool, input)
    graph.endUnit("avgpool")
    let weight = try parameters.take("\(name).weight", [nil, channels] + kernel)
    let classes = weight.shape[0]
    classCount = classes
    if let expected = options.classCount, expected != classes {
      throw parameters.refused(
        "\(name).weight", "it has \(classes) classes, but the configuration has \(expected)",
        try: "use the configuration that belongs to this checkpoint")
    }
    let hasBias = parameters.contains("\(name).bias")
    let bias = hasBias ? try parameters.takeVector("\(name).bias", count: classes) : nil
    graph.append(
      name,
      .convolution(
        Convolution(weight: weight.reshaped([classes, channels, 1, 1]), bias: bias)), pooled)
    graph.endUnit(name)
  }
}

private enum BatchNormParameter: String, CaseIterable {
  case weight
  case bias
  case mean = "running_mean"
  case variance = "running_var"

  func of(_ module: String) -> String { "\(module).\(rawValue)" }
}
