internal import Graphs
internal import Quantization
internal import Tensors

/// The arithmetic of layers.
extension IntegerFold {
  /// Returns the arithmetic of a layer, or the reason why it runs in floating point.
  func layer(
    _ fused: FusedNode, _ node: Node, _ convolution: Convolution
  ) -> IntegerOperation.Kind {
    guard let weights = weights[fused.node] else { return .float(.noKernel) }
    if let input = grids[node.inputs[0]] {
      guard isOnCodes(fused.node) else { return .float(.tooLarge) }
      return .layer(
        IntegerLayer(
          weights: weights, input: input,
          requantization: requantization(fused, convolution, inputScale: Double(input.scale))))
    }
    if node.inputs[0] == 0, let scaling { return pixels(fused, convolution, weights, scaling) }
    let pooled = graph.nodes[node.inputs[0]].inputs
    guard node.inputs[0] == pooling, let input = grids[pooled[0]] else {
      return .float(.floatInput)
    }
    let pixels = shapes[pooled[0]][1] * shapes[pooled[0]][2]
    let scale = Double(input.scale) / Double(pixels)
    return .head(
      IntegerLayer(
        weights: weights, input: input,
        requantization: requantization(fused, convolution, inputScale: scale)))
  }

  /// Returns true if `node` is a layer with exact 32-bit sums of codes.
  func isOnCodes(_ node: Int) -> Bool {
    guard let weights = weights[node], let input = grids[graph.nodes[node].inputs[0]] else {
      return false
    }
    return weights.largestHalfSum * input.largestMagnitude < 1 << 30
  }

  /// True if the last layer reads the means of codes and its sums fit 32 bits.
  var isHeadOnCodes: Bool {
    let last = graph.nodes.count - 1
    guard let weights = weights[last], weights.geometry == ConvolutionGeometry(),
      weights.kernel == (1, 1), grids[last] == nil
    else { return false }
    let mean = graph.nodes[last].inputs[0]
    guard mean == last - 1, graph.nodes[mean].operation == .globalAveragePool, grids[mean] == nil,
      let input = grids[graph.nodes[mean].inputs[0]], input.zeroPoint == 0
    else { return false }
    let maps = shapes[graph.nodes[mean].inputs[0]]
    return weights.largestHalfSum * input.largestMagnitude * maps[1] * maps[2] < 1 << 30
  }

  private func requantization(
    _ fused: FusedNode, _ convolution: Convolution, inputScale: Double
  ) -> Requantization {
    let residual = fused.residual.map { (node: $0, grid: grids[$0]) }
    let unit = projectionUnits[fused.node] ?? outputGrid(of: fused)
    let scale = unit.map { Double($0.scale) } ?? 1
    let rows = convolution.outputChannels
    let factors = weightScales(of: fused.node, rows).map { inputScale * $0 }
    var result = Requantization(multipliers: factors.map { Float($0 / scale) })
    switch biases {
    case .integer:
      result.integerBias = convolution.bias.map { bias in
        zip(bias, factors).map { bias, factor in
          let limit = Double(1 << 30)
          let rounded = (Double(bias) / factor).rounded(.toNearestOrEven)
          return Int32(max(-limit, min(limit, rounded)))
        }
      }
    case .float:
      // A projection's bias is added with that of the layer before its sum.
      let own = projectionUnits[fused.node] == nil ? convolution.bias : nil
      let other = residual.flatMap { projectionUnits[$0.node] == nil ? nil : bias(of: $0.node) }
      if own != nil || other != nil {
        result.bias = (0..<rows).map {
          Float((Double(own?[$0] ?? 0) + Double(other?[$0] ?? 0)) / scale)
        }
      }
    }
    if let residual {
      result.residual =
        residual.grid.map {
          .codes(zeroPoint: $0.zeroPoint, multiplier: Float(Double($0.scale) / scale))
        } ?? .sums
    }
    result.codes = outputGrid(of: fused).map { CodeRange($0, relu: fused.hasReLU) }
    return result
  }

  /// Returns the grid of the layer's codes, or nil if the layer gives floats, as before a residual of floats.
  private func outputGrid(of fused: FusedNode) -> UniformAffine? {
    guard let residual = fused.residual else { return grids[fused.output] }
    let hasUnit = grids[residual] != nil || projectionUnits[residual] != nil
    return hasUnit ? grids[fused.output] : nil
  }

  /// Returns the scale of each output channel's weights.
  private func weightScales(of node: Int, _ rows: Int) -> [Double] {
    let grids = codes[node]?.grids ?? []
    return (0..<rows).map { Double(grids[grids.count == 1 ? 0 : $0].scale) }
  }

  private func bias(of node: Int) -> [Float]? {
    guard case .convolution(let convolution) = graph.nodes[node].operation else { return nil }
    return convolution.bias
  }

  private func pixels(
    _ fused: FusedNode, _ convolution: Convolution, _ weights: IntegerWeights,
    _ scaling: PixelScaling
  ) -> IntegerOperation.Kind {
    guard convolution.geometry.groups == 1, convolution.inputChannels == 3,
      convolution.kernel.height == convolution.kernel.width, fused.residual == nil,
      biases == .float
    else { return .float(.floatInput) }
    let grid = grids[fused.output]
    let scale = grid.map { Double($0.scale) } ?? 1
    let rows = convolution.outputChannels
    return .pixels(
      PixelLayer(
        weights, scales: weightScales(of: fused.node, rows).map { $0 / scale },
        bias: (0..<rows).map { Double(convolution.bias?[$0] ?? 0) / scale }, scaling: scaling,
        codes: grid.map { CodeRange($0, relu: fused.hasReLU) },
        input: shapes[0], output: shapes[fused.node]))
  }
}
