import Files
import Graphs
import Tensors

/// A builder of residual networks of the original kind (He et al., CVPR 2016).
///
/// A block computes ReLU(branch(x) + shortcut(x)). Its branch has two convolutions (basic) or three
/// (bottleneck), with a ReLU after each except the last. The tensors show timm's variations of stem,
/// shortcut and branch; only the configuration shows filters against aliasing.
struct ResNetBuilder {
  let layout: KeyLayout
  let blockCounts: [Int]
  let isBottleneck: Bool
  let hasProjections: Bool
  /// True if shortcuts halve the resolution by average pooling.
  let hasPooledShortcuts: Bool
  let hasExcitation: Bool
  let stem: Stem
  let claims: Claims
  var network: NetworkBuilder
  /// The groups of the 3×3 convolutions in bottlenecks, as the first of them shows.
  private(set) var groups: Int?
  /// The output channels of the first block's first convolution.
  private(set) var width = 0
  /// The output channels of the first block.
  private(set) var firstChannels = 0

  /// True if the library puts the stride of bottlenecks without groups on their 1×1 convolution.
  var hasStrideIn1x1ByLibrary: Bool { network.context.scheme.strideIn1x1 && groups == 1 }

  var hasFreeShortcuts: Bool { !hasProjections && stem.pooling.isEmpty && !isBottleneck }

  /// Reads the structure of the network from the names of its tensors.
  ///
  /// - Throws: `badData` that names the first tensor without a place in the network, or if the
  ///   configuration contradicts the tensors.
  init(
    _ parameters: ParameterReader, layout: KeyLayout, claims: Claims, context: BuildContext
  ) throws(InputError) {
    self.layout = layout
    self.claims = claims
    network = NetworkBuilder(parameters, context: context)
    // At least three stages, so that the error for a truncated file names its first missing tensor.
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
    // All blocks have gates or none. If the first block has none, gates in others are refused.
    hasExcitation = parameters.names.contains { $0.hasPrefix("layer1.0.se.") }
    hasPooledShortcuts = parameters.names.contains {
      $0.hasSuffix(".downsample.1.weight") && parameters.shape(of: $0)?.rank == 4
    }
    hasProjections = hasPooledShortcuts || modules.contains("\(layout.projection).0")
    stem = try Stem.original(&network.parameters, context, claims)
    try checkClaims()
  }

  /// Returns the network and the report on its architecture.
  mutating func build() throws(InputError) -> (network: Graph, report: ArchitectureReport) {
    let stem = try network.stem(stem)
    var (node, channels) = (stem.node, stem.channels)
    for (stage, count) in blockCounts.enumerated() {
      for index in 0..<count {
        let halves =
          index == 0 && (stage > 0 || network.options.downsampleInFirstStage == true)
        (node, channels) = try block(
          "layer\(stage + 1).\(index)", input: node, channels: channels,
          stride: try network.context.facts.stride(ofBlock: "layer\(stage + 1).\(index)")
            ?? (halves ? 2 : 1))
        if firstChannels == 0 { firstChannels = channels }
      }
    }
    try network.head(layout.head, channels: channels, input: node)
    return try finish(stem)
  }

  private mutating func block(
    _ name: String, input: Int, channels: Int, stride: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    var branch =
      isBottleneck
      ? try bottleneck(name, input: input, channels: channels, stride: stride)
      : try basic(name, input: input, channels: channels, stride: stride)
    if hasExcitation {
      branch.node = try network.excitation(
        "\(name).se", channels: branch.channels, input: branch.node)
    }
    let shortcut = try shortcut(
      name, input: input, channels: channels, outputChannels: branch.channels, stride: stride)
    let sum = network.graph.append("\(name).add", .add, branch.node, shortcut)
    let node = network.graph.append(name, .relu, sum)
    network.graph.endUnit(name)
    return (node, branch.channels)
  }

  private mutating func shortcut(
    _ name: String, input: Int, channels: Int, outputChannels: Int, stride: Int
  ) throws(InputError) -> Int {
    // MMPretrain leaves out the pooling of shortcuts that keep the resolution.
    let isPooled =
      hasPooledShortcuts && !network.parameters.contains("\(name).\(layout.projection).0.weight")
    let first = isPooled ? 1 : 0
    let projection = Projection(
      convolution: "\(name).\(layout.projection).\(first)",
      normalization: "\(name).\(layout.projection).\(first + 1)", isPooled: isPooled)
    let changesShape = stride != 1 || outputChannels != channels
    if network.parameters.contains("\(projection.convolution).weight")
      || changesShape && !hasFreeShortcuts
    {
      return try network.projection(
        projection, channels: channels, outputChannels: outputChannels, stride: stride,
        input: input)
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
    let groups = try takeGroups("\(name).conv2.weight")
    let strideIn1x1 = network.options.strideIn1x1 ?? hasStrideIn1x1ByLibrary
    let first = try rectified(
      "\(name).conv1", [nil, channels, 1, 1], stride: strideIn1x1 ? stride : 1,
      batchNorm: "\(name).bn1", input: input)
    let second = try rectified(
      "\(name).conv2", [first.channels, first.channels / groups, 3, 3],
      stride: strideIn1x1 ? 1 : stride, groups: groups, batchNorm: "\(name).bn2",
      input: first.node)
    return try network.convolution(
      "\(name).conv3", [nil, first.channels, 1, 1], batchNorm: "\(name).bn3", input: second.node)
  }

  /// Appends a convolution with its batch normalisation, a ReLU and a filter against aliasing.
  ///
  /// The filter replaces the stride of the convolution in anti-aliased networks.
  private mutating func rectified(
    _ name: String, _ shape: [Int?], stride: Int, groups: Int = 1, batchNorm: String, input: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let filter = stride > 1 ? claims.filters?.filter : nil
    var layer = try network.rectified(
      name, shape, stride: filter == nil ? stride : 1, groups: groups, batchNorm: batchNorm,
      input: input)
    if let filter { layer.node = network.graph.append("\(name).aa", filter, layer.node) }
    if width == 0 { width = layer.channels }
    return layer
  }

  /// Returns the groups of all 3×3 convolutions in bottlenecks.
  ///
  /// The first of them shows the number: all channels divided by the input channels of one kernel.
  private mutating func takeGroups(_ name: String) throws(InputError) -> Int {
    if let groups { return groups }
    let shape = try network.parameters.take(name, [nil, nil, 3, 3]).shape
    let (width, perGroup) = (shape[0], shape[1])
    guard width.isMultiple(of: perGroup) else {
      throw network.parameters.refused(
        name, "\(perGroup) input channels per group do not divide \(width) channels",
        try: ParameterReader.familyRemedy)
    }
    groups = width / perGroup
    return width / perGroup
  }
}
