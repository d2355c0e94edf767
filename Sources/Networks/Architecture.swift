/// The properties that distinguish residual networks, from which the name is made.
struct Architecture {
  /// The origin of the order of normalisation, activation and convolution.
  enum Family: String {
    case original = "ResNet"
    case kuangliu = "PreActResNet"
    case timmV2 = "ResNetV2"
  }

  let family: Family
  /// The number of blocks in every stage.
  let blockCounts: [Int]
  /// True if blocks have three convolutions (1×1, 3×3 and 1×1); false if they have two (3×3).
  let isBottleneck: Bool
  let stem: Stem
  /// The output channels of each layer of the stem.
  let stemWidths: [Int]
  /// The channels of the first stage, divided by 4 for bottlenecks.
  let baseChannels: Int
  /// The channels of the first block's inner convolution.
  let width: Int
  /// The groups of the first block's inner convolution.
  let groups: Int
  let hasPooledShortcuts: Bool
  var hasExcitation = false
  var antiAliasing: AntiAliasing?

  /// The depth as papers count it: one for the stem, the convolutions of branches, and the head.
  private var depth: Int { blockCounts.reduce(0, +) * (isBottleneck ? 3 : 2) + 2 }

  /// The usual name in the literature.
  var name: String {
    ([prefix + plainName + channelRemark] + remarks).joined(separator: ", ")
  }

  private var isSmall: Bool { family == .original && stem.isSmall }

  private var prefix: String {
    guard isSmall else { return "" }
    return blockCounts.count == 4 ? "CIFAR-style " : "CIFAR "
  }

  private var plainName: String {
    let prefix = hasExcitation ? "SE-" : ""
    let depth = "\(depth)\(variant)"
    guard isBottleneck, width != baseChannels else {
      return "\(prefix)\(family.rawValue)-\(depth)"
    }
    if groups > 1 { return "\(prefix)ResNeXt-\(depth) \(groups)×\(width / groups)d" }
    guard width % baseChannels == 0 else {
      return "\(prefix)\(family.rawValue)-\(depth) of width \(width)"
    }
    return "Wide \(prefix)\(family.rawValue)-\(depth)-\(width / baseChannels)"
  }

  /// The letter by which timm names stem and shortcuts.
  private var variant: String {
    guard stem.isDeep else { return "" }
    let isTiered = stemWidths[0] != stemWidths[1]
    if hasPooledShortcuts { return isTiered ? "t" : "d" }
    return stemWidths[2] > baseChannels ? "s" : "c"
  }

  private var channelRemark: String {
    let usual = isSmall && blockCounts.count != 4 ? 16 : 64
    return baseChannels == usual ? "" : " from \(baseChannels) channels"
  }

  private var remarks: [String] {
    let remarks = [
      stem.isDeep || stem.kernel != 3 || stem.isSmall || family != .original
        ? nil : "3×3 stem at stride \(stem.stride)",
      antiAliasing?.description,
    ]
    return remarks.compactMap { $0 }
  }
}
