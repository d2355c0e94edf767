package import Files
package import Tensors

extension ResNet {
  /// The network that the tensors of a checkpoint describe, unfolded, and what was recognised.
  ///
  /// The names show the layout, the stages and their blocks; the shapes show widths and groups.
  /// Layers keep the names of the checkpoint's modules, torchvision's for Hugging Face. Throws
  /// naming the first tensor that is missing, misshapen, not finite or out of place.
  package static func build(
    _ stateDict: StateDict, options: ArchitectureOptions = .init()
  ) throws(InputError) -> (network: ResNet, report: ArchitectureReport) {
    try options.refuseInvisibleLayers()
    var builder = try NetworkBuilder(stateDict, options: options)
    let stem = try builder.stem()
    let blocks = try builder.blocks(stem: stem)
    let head = try builder.head(channels: blocks.last?.outputChannels ?? 0)
    let ignored = try builder.ignoredTensors()

    let architecture = builder.architecture(stem: stem, blocks: blocks)
    let network = ResNet(architecture: architecture.name, stem: stem, blocks: blocks, head: head)
    let report = ArchitectureReport(
      architecture: architecture.name, layout: architecture.layoutName,
      assumptions: architecture.assumptions(
        options, hasBatchNorm: network.layers.contains { $0.batchNorm != nil }),
      hasSmallStem: architecture.hasSmallStem, ignoredTensors: ignored)
    return (network, report)
  }
}

extension ArchitectureOptions {
  /// Refuses timm's anti-aliased networks, whose extra filters are not among their tensors.
  fileprivate func refuseInvisibleLayers() throws(InputError) {
    let antiAliased = ["resnetblur", "resnetaa", "resnextaa"]
    guard let architecture, antiAliased.contains(where: architecture.hasPrefix) else { return }
    throw InputError(
      .badData, "the architecture is not supported", at: architecture,
      because: "it filters before it subsamples, by filters that are not in the checkpoint",
      try: ParameterReader.familyRemedy)
  }
}
