import Files
import Tensors

extension NetworkBuilder {
  mutating func block(
    _ name: String, channels: Int, stride: Int, allowsFreeShortcut: Bool
  ) throws(InputError) -> ResidualBlock {
    let branch =
      isBottleneck
      ? try bottleneck(name, channels: channels, stride: stride)
      : try basic(name, channels: channels, stride: stride)
    let outputChannels = branch[branch.count - 1].outputChannels
    let projection = "\(name).\(layout.projection)"
    let changesShape = stride != 1 || outputChannels != channels
    if parameters.contains("\(projection).0.weight")
      || changesShape && (hasProjections || isBottleneck || !allowsFreeShortcut)
    {
      let convolution = try convolution(
        "\(projection).0", [outputChannels, channels, 1, 1], stride: stride,
        batchNorm: "\(projection).1")
      return ResidualBlock(name: name, branch: branch, shortcut: .projection(convolution))
    }
    guard changesShape else {
      return ResidualBlock(name: name, branch: branch, shortcut: .identity)
    }
    let added = outputChannels - channels
    guard added >= 0, added.isMultiple(of: 2) else {
      throw parameters.refused(
        "\(name).conv2.weight",
        "a shortcut without weights cannot turn \(channels) channels into \(outputChannels)",
        try: ParameterReader.familyRemedy)
    }
    let shortcut = Shortcut.subsampling(stride: stride, padding: added / 2)
    return ResidualBlock(name: name, branch: branch, shortcut: shortcut)
  }

  private mutating func basic(
    _ name: String, channels: Int, stride: Int
  ) throws(InputError) -> [Conv2d] {
    let first = try convolution(
      "\(name).conv1", [nil, channels, 3, 3], stride: stride, batchNorm: "\(name).bn1")
    let second = try convolution(
      "\(name).conv2", [nil, first.outputChannels, 3, 3], batchNorm: "\(name).bn2")
    return [first, second]
  }

  private mutating func bottleneck(
    _ name: String, channels: Int, stride: Int
  ) throws(InputError) -> [Conv2d] {
    let strideIn1x1 = options.strideIn1x1 ?? false
    let first = try convolution(
      "\(name).conv1", [nil, channels, 1, 1], stride: strideIn1x1 ? stride : 1,
      batchNorm: "\(name).bn1")
    let width = first.outputChannels
    let groups = try takeGroups("\(name).conv2.weight", width: width)
    let second = try convolution(
      "\(name).conv2", [width, width / groups, 3, 3], stride: strideIn1x1 ? 1 : stride,
      groups: groups, batchNorm: "\(name).bn2")
    let third = try convolution(
      "\(name).conv3", [nil, width, 1, 1], batchNorm: "\(name).bn3")
    return [first, second, third]
  }

  /// The groups of all the 3×3 convolutions in bottlenecks, which the first of them shows: how
  /// often the input channels of one kernel go into all of them.
  private mutating func takeGroups(_ name: String, width: Int) throws(InputError) -> Int {
    if let groups { return groups }
    let perGroup = try parameters.take(name, [width, nil, 3, 3]).shape[1]
    guard width.isMultiple(of: perGroup) else {
      throw parameters.refused(
        name, "\(perGroup) input channels a group do not divide \(width) channels",
        try: ParameterReader.familyRemedy)
    }
    groups = width / perGroup
    return width / perGroup
  }

  /// A convolution padded by half its kernel, with the batch normalisation behind it; or with a
  /// bias alone, in a checkpoint that is folded already.
  mutating func convolution(
    _ name: String, _ shape: [Int?], stride: Int = 1, groups: Int = 1, batchNorm: String
  ) throws(InputError) -> Conv2d {
    let weight = try parameters.take("\(name).weight", shape)
    let channels = weight.shape[0]
    let hasBias = parameters.contains("\(name).bias")
    let hasBatchNorm =
      !hasBias || BatchNormParameter.allCases.contains { parameters.contains($0.of(batchNorm)) }
    var layer = Conv2d(
      name: name, weight: weight,
      geometry: ConvolutionGeometry(stride: stride, padding: weight.shape[2] / 2, groups: groups))
    if hasBias { layer.bias = try parameters.takeVector("\(name).bias", count: channels) }
    if hasBatchNorm { layer.batchNorm = try self.batchNorm(batchNorm, channels: channels) }
    return layer
  }

  private mutating func batchNorm(_ name: String, channels: Int) throws(InputError) -> BatchNorm {
    let scale = try parameters.takeVector(BatchNormParameter.weight.of(name), count: channels)
    let shift = try parameters.takeVector(BatchNormParameter.bias.of(name), count: channels)
    let mean = try parameters.takeVector(BatchNormParameter.mean.of(name), count: channels)
    let variance = try parameters.takeVector(
      BatchNormParameter.variance.of(name), count: channels)
    if let channel = variance.firstIndex(where: { $0 < 0 }) {
      throw parameters.refused(
        BatchNormParameter.variance.of(name),
        "the variance of channel \(channel) is \(variance[channel])",
        try: "check that the file was saved and copied whole")
    }
    return BatchNorm(
      scale: scale, shift: shift, mean: mean, variance: variance,
      epsilon: options.bnEpsilon ?? 1e-5)
  }
}

private enum BatchNormParameter: String, CaseIterable {
  case weight
  case bias
  case mean = "running_mean"
  case variance = "running_var"

  func of(_ module: String) -> String { "\(module).\(rawValue)" }
}
