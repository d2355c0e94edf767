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
        suitsSmallImages: stem.pooling.isEmpty, ignoredTensors: ignored)
    )
  }

  private var layoutName: String {
    if hasFreeShortcuts { return "CIFAR (parameter-free shortcuts)" }
    if layout.isHuggingFace { return "Hugging Face" }
    if stem.isDeep || hasPooledShortcuts || hasExcitation { return "timm" }
    return layout.head == "linear" ? "CIFAR (projection shortcuts)" : "torchvision (also timm's)"
  }

  /// Returns the assumptions that neither tensors nor options confirm.
  private func assumptions(hasBatchNorm: Bool) -> [String] {
    let options = network.options
    let statements = [
      (stem.isAssumed, stem.description),
      (
        options.downsampleInFirstStage == nil,
        "stages: stride 2 at the start of every stage but the first"
      ),
      (
        isBottleneck && options.strideIn1x1 == nil,
        "bottlenecks: stride on the 3×3 convolution, as in torchvision"
      ),
      (hasFreeShortcuts, "shortcuts: every second pixel, with channels of zeros on both sides"),
      (
        claims.antiAliasing == nil && !layout.isHuggingFace && !stem.isSmall,
        "strides: no filters against aliasing before them"
      ),
      (
        hasExcitation && claims.excitation == nil,
        "squeeze and excitation: a ReLU, then sigmoid gates"
      ),
      (hasBatchNorm && options.bnEpsilon == nil, "batch normalisation: epsilon 1e-5"),
    ]
    return statements.filter(\.0).map(\.1)
  }
}
