package import Files
package import Graphs
package import Tensors

/// Returns the network that the tensors of a checkpoint describe, with batch normalisation apart, and what
/// was recognised.
///
/// The names show the layout, the stages and their blocks; the shapes show widths and groups. Layers keep
/// the names of the checkpoint's modules, torchvision's for Hugging Face. Throws `badData` naming the first
/// tensor that is missing, misshapen, not finite or out of place.
package func buildNetwork(
  _ fileStateDict: StateDict, options: ArchitectureOptions = .init()
) throws(InputError) -> (network: Graph, report: ArchitectureReport) {
  try options.refuseInvisibleLayers()
  let isHuggingFace = HuggingFaceLayout.matches(fileStateDict.names)
  let rename = isHuggingFace ? HuggingFaceLayout.torchvisionName : { $0 }
  let stateDict = fileStateDict.renaming(rename)
  if stateDict.count < fileStateDict.count {
    throw InputError(
      .badData, "the checkpoint does not fit", at: fileStateDict.names[0],
      because: "two tensors name the same module, one in Hugging Face's way",
      try: "keep the tensors of one network in the file")
  }
  let fileNames = Dictionary(
    fileStateDict.names.map { (rename($0), $0) }, uniquingKeysWith: { first, _ in first })
  let parameters = ParameterReader(stateDict, fileNames: fileNames)
  let layout = KeyLayout(of: stateDict.names, isHuggingFace: isHuggingFace)
  var builder = try ResNetBuilder(parameters, layout: layout, options: options)
  return try builder.build()
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
