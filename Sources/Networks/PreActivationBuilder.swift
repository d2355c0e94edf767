import Files
import Graphs
import Tensors

/// A builder of pre-activation residual networks.
///
/// Source: He et al., "Identity Mappings in Deep Residual Networks", ECCV 2016. A block computes
/// branch(p) + shortcut with p = ReLU(normalisation(x)). A shortcut with a projection reads p; other
/// shortcuts are x. Nothing follows the sum. Each further convolution follows a normalisation and a
/// ReLU.
struct PreActivationBuilder {
  let layout: PreActivationLayout
  /// The name of the last layer.
  let head: String
  let blockCounts: [Int]
  let isBottleneck: Bool
  let stem: Stem
  /// True if shortcuts halve the resolution by average pooling.
  let hasPooledShortcuts: Bool
  let claims: Claims
  var network: NetworkBuilder
  /// The output channels of the first block's first convolution.
  private(set) var width = 0
  /// The output channels of the first block.
  private(set) var firstChannels = 0

  /// Reads the structure of the network from the names of its tensors.
  ///
  /// - Throws: `badData` if the configuration contradicts the tensors.
  init(
    _ parameters: ParameterReader, layout: PreActivationLayout, head: String, claims: Claims,
    context: BuildContext
  ) throws(InputError) {
    self.layout = layout
    self.head = head
    self.claims = claims
    network = NetworkBuilder(parameters, context: context)
    blockCounts = layout.blockCounts(parameters.names)
    isBottleneck = parameters.contains("\(layout.block(0, 0)).conv3.weight")
    stem = layout.stem(parameters)
    // Shortcuts with and without pooling have the same names; timm pools if the stem is deep.
    hasPooledShortcuts = claims.pooledShortcuts?.value ?? stem.isDeep
    try checkClaims()
  }

  /// Returns the network and the report on its architecture.
  mutating func build() throws(InputError) -> (network: Graph, report: ArchitectureReport) {
    let stem = try network.stem(stem)
    var (node, channels) = (stem.node, stem.channels)
    for (stage, count) in blockCounts.enumerated() {
      for index in 0..<count {
        (node, channels) = try block(
          layout.block(stage, index), input: node, channels: channels,
          stride: try network.context.facts.stride(ofBlock: layout.block(stage, index))
            ?? (index == 0 && stage > 0 ? 2 : 1))
        if firstChannels == 0 { firstChannels = channels }
      }
    }
    if let last = layout.lastNormalization {
      node = try activation(last, channels: channels, input: node)
    }
    try network.head(head, channels: channels, input: node)
    return try finish(stem)
  }

  private mutating func block(
    _ name: String, input: Int, channels: Int, stride: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let norm = "\(name).\(layout.normalization)"
    let activated = try activation("\(norm)1", channels: channels, input: input)
    let branch =
      isBottleneck
      ? try bottleneck(name, norm, input: activated, channels: channels, stride: stride)
      : try basic(name, norm, input: activated, channels: channels, stride: stride)
    let projection = Projection(
      convolution: "\(name).\(layout.projection)", normalization: nil,
      isPooled: hasPooledShortcuts)
    let isProjected =
      stride != 1 || branch.channels != channels
      || network.parameters.contains("\(projection.convolution).weight")
    let shortcut =
      isProjected
      ? try network.projection(
        projection, channels: channels, outputChannels: branch.channels, stride: stride,
        input: activated)
      : input
    let node = network.graph.append("\(name).add", .add, branch.node, shortcut)
    network.graph.endUnit(name)
    return (node, branch.channels)
  }

  private mutating func basic(
    _ name: String, _ norm: String, input: Int, channels: Int, stride: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let first = try network.rectified(
      "\(name).conv1", [nil, channels, 3, 3], stride: stride, batchNorm: "\(norm)2", input: input)
    if width == 0 { width = first.channels }
    return try network.convolution(
      "\(name).conv2", [nil, first.channels, 3, 3], batchNorm: nil, input: first.node)
  }

  private mutating func bottleneck(
    _ name: String, _ norm: String, input: Int, channels: Int, stride: Int
  ) throws(InputError) -> (node: Int, channels: Int) {
    let first = try network.rectified(
      "\(name).conv1", [nil, channels, 1, 1], batchNorm: "\(norm)2", input: input)
    if width == 0 { width = first.channels }
    let second = try network.rectified(
      "\(name).conv2", [nil, first.channels, 3, 3], stride: stride, batchNorm: "\(norm)3",
      input: first.node)
    return try network.convolution(
      "\(name).conv3", [nil, second.channels, 1, 1], batchNorm: nil, input: second.node)
  }

  /// Appends a batch normalisation that follows no convolution, and its ReLU with the same name.
  private mutating func activation(
    _ name: String, channels: Int, input: Int
  ) throws(InputError) -> Int {
    let node = try network.normalization(name, channels: channels, input: input)
    return network.graph.append(name, .relu, node)
  }
}

extension PreActivationBuilder {
  /// Throws `badData` if the configuration contradicts the tensors or fits no known network.
  private func checkClaims() throws(InputError) {
    try claims.check(
      blockCounts: blockCounts, bottlenecks: isBottleneck, deepStem: stem.isDeep,
      pooledShortcuts: hasPooledShortcuts, excitation: false, preActivation: true)
    if claims.filters != nil, let antiAliasing = claims.antiAliasing {
      throw antiAliasing.refused("no known pre-activation network is anti-aliased")
    }
    let options = network.options
    if let stem = options.stemFlag {
      throw Claim(true, source: stem).refused(
        "the stem of a pre-activation network cannot be changed")
    }
    for (key, value) in [
      ("downsample_in_bottleneck", options.strideIn1x1),
      ("downsample_in_first_stage", options.downsampleInFirstStage),
    ] where value == true {
      throw Claim(true, source: key).refused("no known pre-activation network has this property")
    }
    for key in ["stem_kernel", "stem_stride", "stem_pool"] {
      if let claim = options.arguments.claim(key) {
        throw claim.refused("the stem of a pre-activation network cannot be changed")
      }
    }
  }

  private mutating func finish(
    _ built: BuiltStem
  ) throws(InputError) -> (network: Graph, report: ArchitectureReport) {
    let context = network.context
    let ignored = try network.parameters.ignoredTensors()
    let architecture = Architecture(
      family: layout.family, blockCounts: blockCounts, isBottleneck: isBottleneck, stem: stem,
      stemWidths: built.widths, baseChannels: firstChannels / (isBottleneck ? 4 : 1),
      width: width, groups: 1, hasPooledShortcuts: hasPooledShortcuts)
    return (
      network.graph.graph(named: architecture.name),
      ArchitectureReport(
        architecture: architecture.name, layout: layout.description,
        assumptions: assumptions, notes: context.notes, inputChannels: built.inputChannels,
        smallImages: layout.family == .kuangliu ? .cifar10 : nil,
        normalization: context.normalization, suitsSmallImages: stem.pooling.isEmpty,
        ignoredTensors: context.ignored + ignored)
    )
  }

  /// The assumptions that neither tensors nor the configuration confirm.
  private var assumptions: [String] {
    let areStated = network.context.facts.areKnown
    let statements = [
      (!areStated, stem.description),
      (!areStated, "stages: stride 2 at the start of every stage but the first"),
      (!areStated && isBottleneck, "bottlenecks: stride on the 3×3 convolution"),
      (
        layout.family == .timmV2 && claims.pooledShortcuts == nil,
        hasPooledShortcuts
          ? "shortcuts: average pooling halves the resolution, as with timm's deep stems"
          : "shortcuts: the convolution halves the resolution, as in timm without a deep stem"
      ),
      (layout.lastNormalization == nil, "last pooling: of whole maps, as for images of 32×32"),
      (
        !areStated && network.options.bnEpsilon == nil,
        "batch normalisation: epsilon 1e-5 (--bn-eps)"
      ),
      (!areStated, "layers without weights: ReLU, and means before the last layer"),
    ]
    return statements.filter(\.0).map(\.1) + network.options.arguments.unknown
  }
}

extension ArchitectureOptions {
  /// The name of the first option about the stem that is set, if any.
  fileprivate var stemFlag: String? {
    stemStride != nil
      ? "stem stride"
      : stemPadding != nil ? "stem padding" : hasStemPooling != nil ? "stem pooling" : nil
  }
}
