package import Networks

extension ResNet {
  /// What one bit of every layer's weights costs for an image of `inputSize` pixels: the bits of the
  /// layer's inputs times its multiply-adds, in module order.
  ///
  /// `activationBits` tells the width at a site, and `nil` where activations are not quantized: those
  /// inputs count 32 bits. The image counts 8 bits, as its pixels have, where any activations are
  /// quantized, and 32 where none are.
  package func bitOperationsPerWeightBit(
    inputSize: (height: Int, width: Int), activationBits: (ActivationSite) -> BitWidth?
  ) -> [Int] {
    let isQuantized = activationSites.contains { activationBits($0) != nil }
    let inputBits = inputSites.map { site in
      site.map { activationBits($0)?.bits ?? 32 } ?? (isQuantized ? 8 : 32)
    }
    return zip(layerSizes(inputSize: inputSize), inputBits).map { $0.multiplyAdds * $1 }
  }

  /// A budget of `limit` bit-operations an image that weights and activations share: the plan's own
  /// widths of activations count, and 8 bits for the image.
  package func sharedBitOperations(
    _ limit: Int, inputSize: (height: Int, width: Int)
  ) -> BitBudget {
    let inputs = inputSites
    let perWeightBit = zip(layerSizes(inputSize: inputSize), inputs).map { size, input in
      size.multiplyAdds * (input == nil ? 8 : 1)
    }
    return .bitOperations(limit, perWeightBit: perWeightBit, inputs: inputs)
  }

  /// The site whose activations every layer reads, in module order; `nil` for the image.
  package var inputSites: [ActivationSite?] {
    var sites: [ActivationSite?] = [nil]
    var features = stem.convolution.name
    for block in blocks {
      sites += [features] + block.branch.dropLast().map(\.name)
      if case .projection = block.shortcut { sites.append(features) }
      features = block.name
    }
    return sites + [features]
  }
}
