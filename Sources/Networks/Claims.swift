import Files

/// The statements of a configuration about layers that differ from the original ResNet's.
///
/// They come from the arguments of the constructor, or else from the name of the architecture. A statement
/// that neither makes is nil.
struct Claims {
  /// A claim whose value is nil states that there are no filters.
  let antiAliasing: Claim<AntiAliasing?>?
  let deepStem: Claim<Bool>?
  let pooledShortcuts: Claim<Bool>?
  let excitation: Claim<Bool>?
  let preActivation: Claim<Bool>?
  let bottlenecks: Claim<Bool>?
  /// The numbers of blocks, joined by commas.
  let blockCounts: Claim<String>?

  /// The filters against aliasing that the network has.
  var filters: AntiAliasing? { antiAliasing?.value ?? nil }

  /// Throws for values that are not supported and for arguments that contradict the name.
  init(_ options: ArchitectureOptions) throws(InputError) {
    let arguments = options.arguments
    for (key, values) in Self.requiredValues {
      _ = try arguments.claim(
        key, Dictionary(uniqueKeysWithValues: values.map { ($0, true) }))
    }
    let name = try options.architecture.map(ArchitectureName.init)
    let filters = try arguments.claim("aa_layer", AntiAliasing.names)
    if let filters, let named = name?.antiAliasing, filters.value != named {
      throw filters.refused("the name of the architecture says otherwise: \(name?.name ?? "")")
    }
    antiAliasing = filters ?? name.map { Claim($0.antiAliasing, source: $0.name) }
    deepStem = try arguments.claim("stem_type", Self.stems) ?? name?.deepStem
    pooledShortcuts = try arguments.claim("avg_down", Self.flags) ?? name?.pooledShortcuts
    excitation =
      try arguments.claim("block_args.attn_layer", Self.attentions) ?? name?.excitation
    preActivation = name?.preActivation
    bottlenecks = try arguments.claim("block", Self.blocks)
    blockCounts = arguments.claim("layers")
  }

  /// Throws if the tensors contradict a claim, naming its source.
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
        "it has \(blockCounts.value) blocks, but the tensors have \(counts)")
    }
  }

  private static let flags = ["true": true, "false": false]
  private static let blocks = ["BasicBlock": false, "Bottleneck": true]
  private static let stems = ["": false, "deep": true, "deep_tiered": true, "tiered": true]
  private static let attentions = ["": false, "se": true]

  /// The only supported values of arguments that stand for other operations.
  private static let requiredValues = [
    ("act_layer", ["relu", "ReLU"]),
    ("norm_layer", ["batchnorm", "batchnorm2d", "BatchNorm2d", "BatchNormAct2d"]),
    ("conv_layer", ["create_conv2d"]),
    ("global_pool", ["avg"]),
    ("output_stride", ["32"]),
    ("preact", ["true"]),
    ("replace_stem_pool", ["false"]),
  ]
}

/// The parts of an architecture's name in timm, such as `seresnetaa50d.sw_in12k`.
///
/// The name `resnet18` makes no statement about stem and shortcuts, since people keep it for networks whose
/// stem they changed.
struct ArchitectureName {
  /// The name as the configuration has it.
  let name: String
  private(set) var antiAliasing: AntiAliasing?
  private(set) var deepStem: Claim<Bool>?
  private(set) var pooledShortcuts: Claim<Bool>?
  private(set) var excitation: Claim<Bool>?
  private(set) var preActivation: Claim<Bool>?

  /// Throws for names of networks that do not normalise by batches, and for unknown anti-aliased ones.
  init(_ name: String) throws(InputError) {
    self.name = name
    let base = name.prefix { $0 != "." }
    if let (_, norm) = Self.otherNorms.first(where: { base.contains($0.mark) }) {
      throw unsupported("it has \(norm) in place of batch normalisation")
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
        "it has filters against aliasing, but it is none of timm's networks")
    }
  }

  private func unsupported(_ reason: String) -> InputError {
    InputError(
      .badData, "the architecture is not supported", at: name, because: reason,
      try: ParameterReader.familyRemedy)
  }

  private static let otherNorms = [
    (mark: "_gn", norm: "group normalisation"),
    (mark: "_bit", norm: "group normalisation and standardised weights"),
    (mark: "_evos", norm: "EvoNorm"),
    (mark: "_frn", norm: "filter response normalisation"),
  ]
}
