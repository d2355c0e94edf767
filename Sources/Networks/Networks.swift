package import Files
package import Graphs
package import Tensors

/// Returns the unfolded network of a checkpoint and a report on its architecture.
///
/// The names of tensors show the layout, the stages and their blocks; the shapes show widths and
/// groups. Layers keep the names of the checkpoint's modules. Hugging Face's names become
/// torchvision's.
///
/// - Throws: `badData` that names the first tensor that is missing or unexpected, has a wrong shape
///   or is not finite.
package func buildNetwork(
  _ fileStateDict: StateDict, options: ArchitectureOptions = .init()
) throws(InputError) -> (network: Graph, report: ArchitectureReport) {
  let isHuggingFace = HuggingFaceLayout.matches(fileStateDict.names)
  let rename = isHuggingFace ? HuggingFaceLayout.torchvisionName : { $0 }
  let stateDict = fileStateDict.renaming(rename)
  if stateDict.count < fileStateDict.count {
    throw InputError(
      .badData, "the checkpoint does not fit", at: fileStateDict.names[0],
      because: "two tensors belong to the same module, one with Hugging Face's name",
      try: "use a file with the tensors of one network")
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
  /// Throws `badData` if normalisations have scales but no running statistics.
  fileprivate func refuseGroupNormalization() throws(InputError) {
    guard !names.contains(where: { $0.hasSuffix(".running_mean") || $0.hasSuffix(".running_var") }),
      let norm = names.first(where: { name in
        ["bn1.weight", "norm1.weight"].contains { name == $0 || name.hasSuffix(".\($0)") }
      })
    else { return }
    throw refused(
      norm, "no tensor is a running mean, as with group normalisation",
      try: Self.familyRemedy)
  }
}
