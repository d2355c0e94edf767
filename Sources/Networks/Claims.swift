import Files

/// The statements of a configuration about layers that differ from the original ResNet.
///
/// They come from the name of the architecture or the arguments of its constructor. A property is
/// nil if the configuration does not state it.
struct Claims {
  /// The filters against aliasing; a claim of nil states that there are no filters.
  let antiAliasing: Claim<AntiAliasing?>?
  let deepStem: Claim<Bool>?
  let pooledShortcuts: Claim<Bool>?
  let excitation: Claim<Bool>?
  let preActivation: Claim<Bool>?
  let bottlenecks: Claim<Bool>?
  /// The numbers of blocks, joined by commas.
  let blockCounts: Claim<String>?
  /// The statement that activations are ReLUs.
  let activation: Claim<Bool>?

  /// The filters against aliasing that the network has, if any.
  var filters: AntiAliasing? { antiAliasing?.value ?? nil }

  /// Reads the claims of `options`.
  ///
  /// - Throws: `badData` if a value is not supported or an argument contradicts the name.
  init(_ options: ArchitectureOptions) throws(InputError) {
    let arguments = options.arguments
    for (key, values) in Self.requiredValues {
      _ = try arguments.claim(
        key, Dictionary(uniqueKeysWithValues: values.map { ($0, true) }))
    }
    let name = try options.architecture.map(ArchitectureName.init)
    let filters = try arguments.claim("aa_layer", AntiAliasing.names)
    if let filters, let named = name?.antiAliasing, filters.value != named {
      throw filters.refused("it contradicts the name of the architecture, \(name?.name ?? "")")
    }
    antiAliasing = filters ?? name.map { Claim($0.antiAliasing, source: $0.name) }
    deepStem = try arguments.claim("stem_type", Self.stems) ?? name?.deepStem
    pooledShortcuts = try arguments.claim("avg_down", Self.flags) ?? name?.pooledShortcuts
    excitation =
      try arguments.claim("block_args.attn_layer", Self.attentions) ?? name?.excitation
    preActivation = name?.preActivation
    let block = try arguments.claim("block", Self.blocks)
    let layerType = try arguments.claim("layer_type", Self.blocks)
    bottlenecks = block ?? layerType
    blockCounts = arguments.claim("layers") ?? arguments.claim("depths")
    let activationLayer = try arguments.claim("act_layer", ["relu": true, "ReLU": true])
    let hiddenActivation = try arguments.claim("hidden_act", ["relu": true])
    activation = activationLayer ?? hiddenActivation
  }

  /// Throws `badData` that names the source of a claim if the tensors contradict the claim.
  func check(
    blockCounts counts: [Int], bottlenecks isBottleneck: Bool, deepStem isDeep: Bool,
    pooledShortcuts arePooled: Bool, excitation isExcited: Bool, preActivation isPreActivated: Bool
  ) throws(InputError) {
    try preActivation?.check(isPreActivated, "blocks with pre-activation")
    try bottlenecks?.check(isBottleneck, "bottleneck blocks")
    try deepStem?.check(isDeep, "a deep stem")
    try pooledShortcuts?.check(arePooled, "average-pooled shortcuts")
    try excitation?.check(isExcited, "squeeze and excitation")
    if let blockCounts, blockCounts.value != counts.map(String.init).joined(separator: ",") {
      throw blockCounts.refused(
        "it states \(blockCounts.value) blocks, but the tensors have \(counts)")
    }
  }

  private static let flags = ["true": true, "false": false]
  private static let blocks = [
    "BasicBlock": false, "Bottleneck": true, "basic": false, "bottleneck": true,
    "PreActBasic": false, "PreActBottleneck": true,
  ]
  private static let stems = ["": false, "deep": true, "deep_tiered": true, "tiered": true]
  private static let attentions = ["": false, "se": true]

  /// The supported values of arguments; other values stand for layers that are not supported.
  static let requiredValues = [
    ("act_layer", ["relu", "ReLU"]),
    ("norm_layer", ["batchnorm", "batchnorm2d", "BatchNorm2d", "BatchNormAct2d"]),
    ("conv_layer", ["create_conv2d"]),
    ("global_pool", ["avg", "fast", ""]),
    ("output_stride", ["32"]),
    ("preact", ["true"]),
    ("replace_stem_pool", ["false"]),
    ("hidden_act", ["relu"]),
    ("dilation", ["1"]),
    ("replace_stride_with_dilation", ["", "false,false,false"]),
  ]
}

/// The parts of an architecture's name in timm, such as `seresnetaa50d.sw_in12k`.
///
/// A name states only additions to the original network, because people keep the name `resnet18`
/// for networks with another stem.
struct ArchitectureName {
  /// The name in the configuration.
  let name: String
  private(set) var antiAliasing: AntiAliasing?
  private(set) var deepStem: Claim<Bool>?
  private(set) var pooledShortcuts: Claim<Bool>?
  private(set) var excitation: Claim<Bool>?
  private(set) var preActivation: Claim<Bool>?

  /// Splits a name into its parts.
  ///
  /// - Throws: `badData` for networks without batch normalisation and for unknown anti-aliased
  ///   networks.
  init(_ name: String) throws(InputError) {
    self.name = name
    let base = name.prefix { $0 != "." }
    if let (_, norm) = Self.otherNorms.first(where: { base.contains($0.mark) }) {
      throw unsupported("it has \(norm) instead of batch normalisation")
    }
    let claim = Claim(true, source: name)
    if let match = base.wholeMatch(of: #/resnetv2_\d+([dt]?)/#) {
      preActivation = claim
      if !match.1.isEmpty { deepStem = claim }
      pooledShortcuts = Claim(!match.1.isEmpty, source: name)
    } else if let match = base.wholeMatch(
      of: #/(se)?resnex?t(aa|blur)?\d+([cdst]?)(_\d+x\d+d)?/#)
    {
      preActivation = Claim(false, source: name)
      if match.1 != nil { excitation = claim }
      antiAliasing = match.2.flatMap { AntiAliasing.prefixes[String($0)] }
      if !match.3.isEmpty { deepStem = claim }
      if match.3 == "d" || match.3 == "t" { pooledShortcuts = claim }
    } else if base.contains(#/resnex?t(aa|blur)/#) {
      throw unsupported(
        "it is anti-aliased, but not one of timm's known anti-aliased networks")
    }
  }

  private func unsupported(_ reason: String) -> InputError {
    InputError(
      .unsupportedNetwork, "the architecture is not supported", at: name, because: reason,
      try: ParameterReader.familyRemedy)
  }

  private static let otherNorms = [
    (mark: "_gn", norm: "group normalisation"),
    (mark: "_bit", norm: "group normalisation and standardised weights"),
    (mark: "_evos", norm: "EvoNorm"),
    (mark: "_frn", norm: "filter response normalisation"),
  ]
}
