internal import Execution
internal import Graphs
package import MixQuant
package import Quantization

/// Errors of bias-free layers named layer0, layer1 and so on.
package func errorTable(
  rows: [(weights: Int, errors: [Double])], quantity: ErrorQuantity = .roundoff(.relative)
) -> ErrorTable {
  let layers = rows.enumerated().map { index, row in
    WeightLayer(
      name: "layer\(index)", role: .inner, weightCount: row.weights, outputChannels: 1,
      hasBias: false)
  }
  return ErrorTable(
    model: "table", quantity: quantity, layers: layers, values: rows.map(\.errors))
}

/// Layers of 50 to 1050 weights whose errors fall by random factors.
package func randomErrorTable(layers: Int, seed: UInt64) -> ErrorTable {
  var generator = SplitMix64(seed: seed)
  return errorTable(
    rows: (0..<layers).map { _ in
      var errors = [0.001 * generator.uniform(0.1..<10)]
      for _ in 2..<8 { errors.append((errors.last ?? 0) * generator.uniform(1..<3)) }
      return (weights: 50 + generator.index(below: 1000), errors: errors.reversed())
    })
}
