package import Graphs

extension Graph {
  /// What one bit of every layer's weights costs for an image of `inputSize` pixels: the bits of the
  /// layer's inputs times its multiply-adds, in module order.
  ///
  /// `activationBits` tells the width at a site, and `nil` where activations are not quantized: those
  /// inputs count 32 bits. The image counts 8 bits, as its pixels have, where any activations are
  /// quantized, and 32 where none are.
  package func bitOperationsPerWeightBit(
    inputSize: (height: Int, width: Int), activationBits: (Site) -> BitWidth?
  ) -> [Int] {
    let isQuantized = sites.contains { activationBits($0) != nil }
    return zip(layerSizes(inputSize: inputSize), layerInputs).map { size, input in
      switch input {
      case .image: size.multiplyAdds * (isQuantized ? 8 : 32)
      case .site(let site): size.multiplyAdds * (activationBits(site)?.bits ?? 32)
      case .floatingPoint: size.multiplyAdds * 32
      }
    }
  }

  /// A budget of `limit` bit-operations per image that weights and activations share: the plan's own widths
  /// of activations count, 8 bits for the image, and 32 for values that are never quantized.
  package func sharedBitOperations(
    _ limit: Int, inputSize: (height: Int, width: Int)
  ) -> BitBudget {
    let inputs = layerInputs
    let perWeightBit = zip(layerSizes(inputSize: inputSize), inputs).map { size, input in
      switch input {
      case .image: size.multiplyAdds * 8
      case .site: size.multiplyAdds
      case .floatingPoint: size.multiplyAdds * 32
      }
    }
    let sites = inputs.map { input -> Site? in
      if case .site(let site) = input { site } else { nil }
    }
    return .bitOperations(limit, perWeightBit: perWeightBit, inputs: sites)
  }
}
