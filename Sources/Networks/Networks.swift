package import Files
package import Graphs
package import Tensors

/// Returns the unfolded network of a checkpoint and a report on its architecture.
///
/// The names of tensors show the library, the stages and their blocks; the shapes show widths, groups
/// and the head. Layers keep the names of the checkpoint's modules without the network's prefix. The
/// names of other libraries become torchvision's.
///
/// - Throws: `badData` that names the first tensor that is missing or unexpected, has a wrong shape
///   or is not finite.
package func buildNetwork(
  _ fileStateDict: StateDict, options: ArchitectureOptions = .init()
) throws(InputError) -> (network: Graph, report: ArchitectureReport) {
  do {
    let source = try NetworkSource(fileStateDict, options)
    return try source.build()
  } catch {
    throw error.naming(KnownFamily.guess(fileStateDict))
  }
}

/// The tensors of one residual network, found in a checkpoint and renamed.
private struct NetworkSource {
  private let names: NetworkNames
  private var stateDict = StateDict()
  private var fileNames: [String: String] = [:]
  private var ignored: [String] = []
  private var notes: [String] = []
  private let options: ArchitectureOptions
  private let facts: ModuleFacts
  /// The module of the head.
  private var head: String
  private let normalization: PixelNormalization?

  init(_ file: StateDict, _ options: ArchitectureOptions) throws(InputError) {
    self.options = options
    let (weights, pruned) = try file.effectiveWeights()
    if pruned > 0 { notes.append("applied the masks of \(pruned) pruned tensors") }
    let names = try NetworkNames(of: weights.names)
    self.names = names
    for name in weights.names {
      let isOfCopy = names.copies.contains { name.hasPrefix($0) }
      guard !isOfCopy else {
        ignored.append(name)
        continue
      }
      let renamed = names.canonical(name) ?? name
      guard fileNames.updateValue(name, forKey: renamed) == nil else {
        throw InputError(
          .badCheckpoint, "the checkpoint does not fit", at: name,
          because: "two tensors belong to the same module, \(renamed)",
          try: "use a file with the tensors of one network")
      }
      stateDict[renamed] = weights[name]?.asGate(renamed)
    }
    if !names.prefix.isEmpty { notes.append("took the network below '\(names.prefix)'") }
    if !names.copies.isEmpty {
      notes.append("left out the copies below \(names.copies.joined(separator: ", "))")
    }
    facts = ModuleFacts(options.modules) { names.canonicalModule($0) }
    try facts.refuseUnknownFunctions()
    let layout = KeyLayout(of: stateDict.names, library: names.scheme)
    let isInside: (String) -> Bool = { layout.place(of: $0, head: nil) != nil }
    let buffers = UnusedTensors.normalization(in: stateDict)
    normalization = buffers?.normalization
    if let first = buffers?.names.first {
      notes.append("the model normalises its input by '\(first)'")
    }
    let search = HeadSearch(
      stateDict: stateDict, fileNames: fileNames, isInside: isInside,
      chosen: options.head, classCount: options.classCount)
    let found = try search(usual: layout.usualHead)
    head = found.module
    let unused = Set(
      stateDict.names.filter { name in
        buffers?.names.contains(name) == true
          || !isInside(name) && !name.hasPrefix("\(found.module).")
            && (UnusedTensors.isUnused(name)
              || found.others.contains { name.hasPrefix("\($0).") })
          || UnusedTensors.counters.contains(String(name.split(separator: ".").last ?? ""))
      })
    ignored += stateDict.names.filter(unused.contains).map { [fileNames] in fileNames[$0] ?? $0 }
    stateDict = stateDict.renaming { unused.contains($0) ? nil : $0 }
    if head != layout.usualHead, stateDict["\(head).weight"] != nil {
      notes.append("took the linear layer '\(head)' as the head")
    }
    renameHead()
  }

  /// Gives the head torchvision's name if the names of the other modules were translated.
  private mutating func renameHead() {
    guard names.scheme.library != nil, head != "fc",
      !stateDict.names.contains(where: { $0.hasPrefix("fc.") })
    else { return }
    let old = "\(head)."
    let rename = { (name: String) in
      name.hasPrefix(old) ? "fc.\(name.dropFirst(old.count))" : name
    }
    stateDict = stateDict.renaming(rename)
    fileNames = Dictionary(
      fileNames.map { (rename($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    head = "fc"
  }

  func build() throws(InputError) -> (network: Graph, report: ArchitectureReport) {
    let parameters = ParameterReader(stateDict, fileNames: fileNames)
    try parameters.refuseGroupNormalization()
    let claims = try Claims(options)
    let context = BuildContext(
      options: options, facts: facts, scheme: names.scheme, notes: notes, ignored: ignored,
      normalization: normalization)
    if let layout = PreActivationLayout.all.first(where: { $0.matches(stateDict.names) }) {
      var builder = try PreActivationBuilder(
        parameters, layout: layout, head: head, claims: claims, context: context)
      return try builder.build()
    }
    let layout = KeyLayout(of: stateDict.names, library: names.scheme, head: head)
    var builder = try ResNetBuilder(
      parameters, layout: layout, claims: claims, context: context)
    return try builder.build()
  }
}

/// The facts about a network beside its tensors, and the remarks for its report.
struct BuildContext {
  let options: ArchitectureOptions
  let facts: ModuleFacts
  let scheme: NamingScheme
  let notes: [String]
  /// The tensors of the file that the network does not have.
  let ignored: [String]
  let normalization: PixelNormalization?
}

extension Tensor {
  /// Returns a matrix as 1×1 kernels if `name` is a weight of squeeze and excitation.
  fileprivate func asGate(_ name: String) -> Tensor {
    guard shape.rank == 2, name.hasSuffix(".se.fc1.weight") || name.hasSuffix(".se.fc2.weight")
    else { return self }
    return reshaped([shape[0], shape[1], 1, 1])
  }
}

extension InputError {
  /// Returns the error with the family of networks that the checkpoint seems to belong to.
  fileprivate func naming(_ family: String?) -> InputError {
    guard let family, kind == .badData else { return self }
    return InputError(
      code, what, at: place, because: "\(reason); this looks like \(family)", try: remedy)
  }
}

extension ParameterReader {
  /// Throws `badData` if normalisations have scales but no running statistics.
  fileprivate func refuseGroupNormalization() throws(InputError) {
    guard !names.contains(where: { $0.hasSuffix(".running_mean") || $0.hasSuffix(".running_var") }),
      names.contains(where: { $0.hasPrefix("layer1.0.") || $0.hasPrefix("stages.0.blocks.0.") }),
      let norm = names.first(where: { name in
        ["bn1.weight", "norm1.weight", "gn1.weight"].contains {
          name == $0 || name.hasSuffix(".\($0)")
        }
      })
    else { return }
    throw refused(
      norm, "no tensor is a running mean, as with group normalisation",
      try: Self.familyRemedy)
  }
}
