import Graphs
import Quantization

/// The costs of a budget as whole numbers per row: layers first, then sites.
extension BitBudget {
  /// Returns the cost of every row at 2...8 bits, without the bits of its factor; see `factors`.
  func costs(
    _ layers: [WeightLayer], _ sites: [SiteSize], _ granularity: Granularity, arePinned: [Bool]
  ) -> [[Int]] {
    let ofLayers = layers.enumerated().map { index, layer in
      BitWidth.all.map { bitWidth in
        switch self {
        case .averageBits: arePinned[index] ? 0 : layer.weightCount * bitWidth.bits
        case .payloadBytes: layer.payloadBytes(bitWidth: bitWidth, granularity: granularity)
        case .bitOperations(_, let perWeightBit, _): perWeightBit[index] * bitWidth.bits
        }
      }
    }
    let ofSites = sites.enumerated().map { index, size in
      guard case .averageBits = self, !arePinned[layers.count + index] else {
        return BitWidth.all.map { _ in 0 }
      }
      precondition(layers.isEmpty, "an average of weights or of activations, not of both")
      return BitWidth.all.map { size.elementCount * $0.bits }
    }
    return ofLayers + ofSites
  }

  /// Returns for each row the row of the site whose bits multiply its cost, if there is one.
  func factors(layers: Int, sites: [SiteSize]) -> [Int?] {
    var factors = [Int?](repeating: nil, count: layers + sites.count)
    guard case .bitOperations(_, _, let inputs) = self, !inputs.isEmpty else { return factors }
    precondition(inputs.count == layers, "inputs of \(inputs.count) layers")
    let rows = Dictionary(uniqueKeysWithValues: zip(sites.map(\.site), layers...))
    for (layer, input) in inputs.enumerated() {
      guard let input else { continue }
      guard let row = rows[input] else { preconditionFailure("\(input) is no row") }
      factors[layer] = row
    }
    return factors
  }

  /// Returns the limit in whole units of cost.
  ///
  /// For an average, it is the largest number of bits whose mean is not above the average.
  func wholeLimit(freeCount: Int) -> Int {
    switch self {
    case .payloadBytes(let bytes): return bytes
    case .bitOperations(let operations, _, _): return operations
    case .averageBits(let average):
      let bits = Int((average * Double(freeCount)).rounded(.up)) + 1
      // Rounding can move the product across a whole number, so the division of `holds` decides.
      return (max(0, bits - 3)...bits).last {
        freeCount == 0 || Double($0) / Double(freeCount) <= average
      } ?? 0
    }
  }
}
