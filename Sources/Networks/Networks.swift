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
  try parameters.refuseGroupNormalization()
  let claims = try Claims(options)
  if let layout = PreActivationLayout.all.first(where: { $0.matches(stateDict.names) }) {
    var builder = try PreActivationBuilder(
      parameters, layout: layout, claims: claims, options: options)
    return try builder.build()
  }
  let layout = KeyLayout(of: stateDict.names, isHuggingFace: isHuggingFace)
  var builder = try ResNetBuilder(parameters, layout: layout, claims: claims, options: options)
  return try builder.build()
}

extension ParameterReader {
  /// Refuses networks whose normalisations have scales but no statistics of training.
  fileprivate func refuseGroupNormalization() throws(InputError) {
    guard !names.contains(where: { $0.hasSuffix(".running_mean") || $0.hasSuffix(".running_var") }),
      let norm = names.first(where: { name in
        ["bn1.weight", "norm1.weight"].contains { name == $0 || name.hasSuffix(".\($0)") }
      })
    else { return }
    throw refused(
      norm, "there is no running mean anywhere, as with group normalisation",
      try: Self.familyRemedy)
  }
}
