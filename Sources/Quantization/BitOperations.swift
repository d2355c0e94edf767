package import Graphs

extension Graph {
  /// Returns the cost of one bit of each layer's weights for an image of `inputSize` pixels.
  ///
  /// The cost of a layer is the bits of its inputs times its multiply-adds; layers are in module
  /// order. Inputs that are not quantized count 32 bits. The image counts 8 bits, the width of its
  /// pixels, if any activations are quantized, and 32 otherwise.
  ///
  /// - Parameter activationBits: Returns the width at a site, or `nil` if it is not quantized.
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

  /// Returns a budget of `limit` bit-operations per image for weights and activations together.
  ///
  /// Activations count the widths of the plan, the image counts 8 bits, and values that are never
  /// quantized count 32.
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
