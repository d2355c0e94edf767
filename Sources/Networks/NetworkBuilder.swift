import Files
import Tensors

/// Builds a network from the tensors of a checkpoint, from stem to head.
struct NetworkBuilder {
  let layout: KeyLayout
  let options: ArchitectureOptions
  let blockCounts: [Int]
  let isBottleneck: Bool
  let hasProjections: Bool
  var parameters: ParameterReader
  /// Of the 3×3 convolutions in bottlenecks; the first one shows it.
  var groups: Int?

  /// Reads off the names what they show; throws for the first that fits nowhere.
  init(_ fileStateDict: StateDict, options: ArchitectureOptions) throws(InputError) {
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
    layout = KeyLayout(of: stateDict.names, isHuggingFace: isHuggingFace)
    parameters = ParameterReader(stateDict, fileNames: fileNames)
    self.options = options

    // Three stages at least: a network cut short is told the first tensor it lacks.
    var counts = [1, 1, 1]
    var modules: Set<String> = []
    for name in stateDict.names {
      guard let place = layout.place(of: name) else { throw parameters.hasNoPlace(name) }
      guard case .block(let stage, let index, let module) = place else { continue }
      if stage == counts.count { counts.append(1) }
      counts[stage] = max(counts[stage], index + 1)
      modules.insert(module)
    }
    blockCounts = counts
    isBottleneck = modules.contains("conv3")
    hasProjections = modules.contains("\(layout.projection).0")
  }

  /// A 7×7 convolution at stride 2 with pooling, or a 3×3 one without.
  mutating func stem() throws(InputError) -> Stem {
    let weight = try parameters.take("conv1.weight", [nil, 3, nil, nil])
    let kernel = weight.shape[2]
    guard weight.shape[3] == kernel, kernel == 7 || kernel == 3 else {
      throw parameters.refused(
        "conv1.weight", "its shape is \(weight.shape), but a stem has 7×7 or 3×3 kernels",
        try: ParameterReader.familyRemedy)
    }
    let convolution = try convolution(
      "conv1", [nil, 3, kernel, kernel], stride: kernel == 7 ? 2 : 1, batchNorm: "bn1")
    return Stem(convolution: convolution, hasMaxPool: kernel == 7)
  }

  mutating func blocks(stem: Stem) throws(InputError) -> [ResidualBlock] {
    var blocks: [ResidualBlock] = []
    var channels = stem.convolution.outputChannels
    for (stage, count) in blockCounts.enumerated() {
      for index in 0..<count {
        let halves = index == 0 && (stage > 0 || options.downsampleInFirstStage == true)
        let block = try block(
          "layer\(stage + 1).\(index)", channels: channels, stride: halves ? 2 : 1,
          allowsFreeShortcut: !stem.hasMaxPool)
        channels = block.outputChannels
        blocks.append(block)
      }
    }
    return blocks
  }

  mutating func head(channels: Int) throws(InputError) -> Conv2d {
    let name = layout.head
    let weight = try parameters.take("\(name).weight", [nil, channels])
    let classes = weight.shape[0]
    if let expected = options.classCount, expected != classes {
      throw parameters.refused(
        "\(name).weight", "it has \(classes) classes, but the configuration says \(expected)",
        try: "use the configuration that belongs to this checkpoint")
    }
    let bias = try parameters.takeVector("\(name).bias", count: classes)
    return Conv2d(name: name, weight: weight.reshaped([classes, channels, 1, 1]), bias: bias)
  }

  /// The tensors that inference does not need; throws if another one is left over.
  func ignoredTensors() throws(InputError) -> [String] {
    let untaken = parameters.untaken
    if let stranger = untaken.first(where: { !$0.hasSuffix(".num_batches_tracked") }) {
      throw parameters.hasNoPlace(stranger)
    }
    return untaken.map(parameters.fileName)
  }

  func architecture(stem: Stem, blocks: [ResidualBlock]) -> Architecture {
    Architecture(
      layout: layout, blockCounts: blockCounts, isBottleneck: isBottleneck,
      stemChannels: stem.convolution.outputChannels, hasSmallStem: !stem.hasMaxPool,
      hasFreeShortcuts: !hasProjections && !stem.hasMaxPool && !isBottleneck,
      width: blocks.first?.branch.first?.outputChannels ?? 0, groups: groups ?? 1)
  }
}
