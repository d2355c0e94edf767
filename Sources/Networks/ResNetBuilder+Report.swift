import Files
import Graphs

extension ResNetBuilder {
  /// Throws `badData` if the configuration contradicts the tensors or other options.
  func checkClaims() throws(InputError) {
    try claims.check(
      blockCounts: blockCounts, bottlenecks: isBottleneck, deepStem: stem.isDeep,
      pooledShortcuts: hasPooledShortcuts, excitation: hasExcitation, preActivation: false)
    if claims.filters != nil, network.options.strideIn1x1 == true,
      let antiAliasing = claims.antiAliasing
    {
      throw antiAliasing.refused(
        "no known anti-aliased network has the stride of bottlenecks on the first 1×1 convolution, "
          + "but another option puts it there")
    }
  }

  /// Returns the network and the report on its architecture.
  ///
  /// - Throws: `badData` if a tensor was not used.
  mutating func finish(
    _ built: BuiltStem
  ) throws(InputError) -> (network: Graph, report: ArchitectureReport) {
    let context = network.context
    let ignored = try network.parameters.ignoredTensors()
    let architecture = Architecture(
      family: .original, blockCounts: blockCounts, isBottleneck: isBottleneck, stem: stem,
      stemWidths: built.widths, baseChannels: firstChannels / (isBottleneck ? 4 : 1),
      width: width, groups: groups ?? 1, hasPooledShortcuts: hasPooledShortcuts,
      hasExcitation: hasExcitation, antiAliasing: claims.filters)
    let graph = network.graph.graph(named: architecture.name)
    return (
      graph,
      ArchitectureReport(
        architecture: architecture.name, layout: layoutName,
        assumptions: assumptions(
          hasBatchNorm: graph.normalizations.contains { $0 != nil }),
        notes: context.notes, inputChannels: built.inputChannels,
        smallImages: stem.isSmall ? smallImages : nil, normalization: context.normalization,
        suitsSmallImages: stem.pooling.isEmpty, ignoredTensors: context.ignored + ignored)
    )
  }

  private var layoutName: String {
    if let library = layout.library { return library }
    if hasFreeShortcuts { return "CIFAR (parameter-free shortcuts)" }
    if stem.isDeep || hasPooledShortcuts || hasExcitation { return "timm" }
    return layout.head == "linear" ? "CIFAR (projection shortcuts)" : "torchvision (also timm's)"
  }

  /// The pixels by which the library of the layout trains networks for small images.
  ///
  /// akamaster's networks, whose shortcuts have no weights, and unknown layouts use ImageNet's.
  private var smallImages: PixelStatistics {
    if let library = network.context.scheme.smallImages { return library }
    if hasFreeShortcuts { return .imageNet }
    if layout.projection == "shortcut" { return .cifar10 }  // kuangliu
    guard blockCounts.count == 3 else { return .imageNet }
    return network.classCount == 100 ? .cifar100 : .cifar10  // chenyaofo and bearpaw
  }

  /// Returns the assumptions that neither tensors, modules nor options confirm.
  private func assumptions(hasBatchNorm: Bool) -> [String] {
    let options = network.options
    let areStated = network.context.facts.areKnown
    let statements = [
      (stem.isAssumed, "\(stem.description) (--stem-stride, --stem-padding, --stem-pool)"),
      (
        !areStated && options.downsampleInFirstStage == nil,
        "stages: stride 2 at the start of every stage but the first"
      ),
      (
        !areStated && isBottleneck && options.strideIn1x1 == nil,
        hasStrideIn1x1ByLibrary
          ? "bottlenecks: stride on the 1×1 convolution, as in pytorchcv's resnet50 (--stride-in-3x3)"
          : "bottlenecks: stride on the 3×3 convolution, as in torchvision (--stride-in-1x1)"
      ),
      (hasFreeShortcuts, "shortcuts: every second pixel, with channels of zeros on both sides"),
      (
        !areStated && claims.antiAliasing == nil && layout.library == nil && !stem.isSmall,
        "strides: no filters against aliasing before them"
      ),
      (
        hasExcitation && claims.excitation == nil,
        "squeeze and excitation: a ReLU, then sigmoid gates"
      ),
      (
        !areStated && hasBatchNorm && options.bnEpsilon == nil,
        "batch normalisation: epsilon 1e-5 (--bn-eps)"
      ),
      (
        !areStated && claims.activation == nil,
        "layers without weights: ReLU, and means before the last layer"
      ),
    ]
    return statements.filter(\.0).map(\.1) + network.options.arguments.unknown
  }
}
