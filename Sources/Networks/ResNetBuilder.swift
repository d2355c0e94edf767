import Files
import Graphs
import Tensors

/// Builds residual networks of the original kind (He et al., CVPR 2016): ReLU(branch(x) + shortcut(x)),
/// with two convolutions in the branch (basic) or three (bottleneck), and a ReLU after each but the last.
struct ResNetBuilder {
  let layout: KeyLayout
  let blockCounts: [Int]
  let isBottleneck: Bool
  let hasProjections: Bool
  var network: NetworkBuilder
  /// The groups of the 3×3 convolutions in bottlenecks; the first one shows them.
  private var groups: Int?
  /// The channels of the first block's first convolution.
  private var width = 0

  /// Reads off the names what they show; throws for the first that fits nowhere.
  init(
    _ parameters: ParameterReader, layout: KeyLayout, options: ArchitectureOptions
  ) throws(InputError) {
    self.layout = layout
    network = NetworkBuilder(parameters, options: options)
    // Three stages at least: an error about a network cut short names the first tensor that it lacks.
    var counts = [1, 1, 1]
    var modules: Set<String> = []
    for name in parameters.names {
      guard let place = layout.place(of: name) else { throw parameters.hasNoPlace(name) }
      guard case .block(let stage, let index, let module) = place else { continue }
      if stage == counts.count { counts.append(1) }
      counts[stage] = max(counts[stage], index + 1)
      modules.insert(module)
    }
    blockCounts = counts
    isBottleneck = modules.contains("conv3")
    hasProjections = modules.contains("\(layout.projection).0")
  }

  /// Returns the network and what was recognised.
  mutating func build() throws(InputError) -> (network: Graph, report: ArchitectureReport) {
    let stem = try stem()
    var (node, channels) = (stem.node, stem.channels)
    for (stage, count) in blockCounts.enumerated() {
      for index in 0..<count {
        let halves =
          index == 0 && (stage > 0 || network.options.downsampleInFirstStage == true)
        (node, channels) = try block(
          "layer\(stage + 1).\(index)", input: node, channels: channels, stride: halves ? 2 : 1,
          allowsFreeShortcut: !stem.hasMaxPool)
      }
    }
    try network.head(layout.head, channels: channels, input: node)
    let ignored = try network.parameters.ignoredTensors()
    let architecture = Architecture(
      layout: layout, blockCounts: blockCounts, isBottleneck: isBottleneck,
      stemChannels: stem.channels, hasSmallStem: !stem.hasMaxPool,
      hasFreeShortcuts: !hasProjections && !stem.hasMaxPool && !isBottleneck,
      width: width, groups: groups ?? 1)
    let graph = network.graph.graph(named: architecture.name)
    return (
      graph,
      ArchitectureReport(
        architecture: architecture.name, layout: architecture.layoutName,
        assumptions: architecture.assumptions(
          network.options, hasBatchNorm: graph.normalizations.contains { $0 != nil }),
        suitsSmallImages: !stem.hasMaxPool, ignoredTensors: ignored)
    )
  }

  /// A 7×7 convolution at stride 2 with pooling, or a 3×3 one without.
  private mutating func stem() throws(InputError) -> (
    node: Int, channels: Int, hasMaxPool: Bool
  ) {
    let weight = try network.parameters.take("conv1.weight", [nil, 3, nil, nil])
    let kernel = weight.shape[2]
    guard weight.shape[3] == kernel, kernel == 7 || kernel == 3 else {
      throw network.parameters.refused(
        "conv1.weight", "its shape is \(weight.shape), but a stem has 7×7 or 3×3 kernels",
        try: ParameterReader.familyRemedy)
    }
    let convolution = try network.convolution(
      "conv1", [nil, 3, kernel, kernel], stride: kernel == 7 ? 2 : 1, batchNorm: "bn1", input: 0)
    var node = network.graph.append("conv1", .relu, convolution.node)
    if kernel == 7 {
      node = network.graph.append(
        "maxpool", .maxPool(Window(kernel: 3, stride: 2, padding: 1)), node)
    }
    network.graph.endUnit("conv1")
    return (node, convolution.channels, kernel == 7)
  }

  private mutating func block(
    _ name: String, input: Int, channels: Int, stride: Int, allowsFreeShortcut: Bool
  ) throws(InputError) -> (node: Int, channels: Int) {
    let branch =
      isBottleneck
      ? try bottleneck(name, input: input, channels: channels, stride: stride)
      : try basic(name, input: input, channels: channels, stride: stride)
    let shortcut = try shortcut(
      name, input: input, channels: channels, outputChannels: branch.channels, stride: stride,
      allowsFreeShortcut: allowsFreeShortcut)
    let sum = network.graph.append("\(name).add", .add, branch.node, shortcut)
    let node = network.graph.append(name, .relu, sum)
    network.graph.endUnit(name)
    return (node, branch.channels)
  }

  private mutating func shortcut(
    _ name: String, input: Int, channels: Int, outputChannels: Int, stride: Int,
    allowsFreeShortcut: Bool
  ) throws(InputError) -> Int {
    let projection = "\(name).\(layout.projection)"
    let changesShape = stride != 1 || outputChannels != channels
    if network.parameters.contains("\(projection).0.weight")
      || changesShape && (hasProjections || isBottleneck || !allowsFreeShortcut)
    {
      return try network.convolution(
        "\(projection).0", [outputChannels, channels, 1, 1], stride: stride,
        batchNorm: "\(projection).1", input: input
      ).node
    }
    guard changesShape else { return input }
    let added = outputChannels - channels
    guard added >= 0, added.isMultiple(of: 2) else {
      throw network.parameters.refused(
        "\(name).conv2.weight",
        "a shortcut without weights cannot turn \(channels) channels into \(outputChannels)",
        try: ParameterReader.familyRemedy)
    }
    return network.graph.append(
      "\(name).shortcut", .subsample(Subsample(stride: stride, padding: added / 2)), input)
  }

  private mutating func basic(
    _ name: String, input: Int, channels: Int, stride: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let first = try rectified(
      "\(name).conv1", [nil, channels, 3, 3], stride: stride, batchNorm: "\(name).bn1",
      input: input)
    return try network.convolution(
      "\(name).conv2", [nil, first.channels, 3, 3], batchNorm: "\(name).bn2", input: first.node)
  }

  private mutating func bottleneck(
    _ name: String, input: Int, channels: Int, stride: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let strideIn1x1 = network.options.strideIn1x1 ?? false
    let first = try rectified(
      "\(name).conv1", [nil, channels, 1, 1], stride: strideIn1x1 ? stride : 1,
      batchNorm: "\(name).bn1", input: input)
    let groups = try takeGroups("\(name).conv2.weight", width: first.channels)
    let second = try rectified(
      "\(name).conv2", [first.channels, first.channels / groups, 3, 3],
      stride: strideIn1x1 ? 1 : stride, groups: groups, batchNorm: "\(name).bn2",
      input: first.node)
    return try network.convolution(
      "\(name).conv3", [nil, first.channels, 1, 1], batchNorm: "\(name).bn3", input: second.node)
  }

  /// A convolution with its batch normalisation and a ReLU.
  private mutating func rectified(
    _ name: String, _ shape: [Int?], stride: Int, groups: Int = 1, batchNorm: String, input: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let convolution = try network.convolution(
      name, shape, stride: stride, groups: groups, batchNorm: batchNorm, input: input)
    if width == 0 { width = convolution.channels }
    return (network.graph.append(name, .relu, convolution.node), convolution.channels)
  }

  /// The groups of all 3×3 convolutions in bottlenecks, which the first of them shows: the number of times
  /// that the input channels of one kernel go into all of them.
  private mutating func takeGroups(_ name: String, width: Int) throws(InputError) -> Int {
    if let groups { return groups }
    let perGroup = try network.parameters.take(name, [width, nil, 3, 3]).shape[1]
    guard width.isMultiple(of: perGroup) else {
      throw network.parameters.refused(
        name, "\(perGroup) input channels per group do not divide \(width) channels",
        try: ParameterReader.familyRemedy)
    }
    groups = width / perGroup
    return width / perGroup
  }
}
