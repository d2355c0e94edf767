package import Graphs

/// What block reconstruction leaves of the costs of layers rounded one at a time, see Docs/Sensitivity.md.
///
/// Both numbers come from reconstructions on a part of a calibration pool, never from evaluation images.
package struct ReconstructionOutlook: Sendable, Codable, Equatable {
  /// The most that one bit less multiplies a layer's cost by: the factor by which the noise of a grid grows.
  ///
  /// Above it, at the narrowest widths, is error that many outputs share; that is repaired first.
  package var growthPerBit = 4.0
  /// The part of an error that every block behind it lets pass, since blocks are reconstructed on the inputs
  /// they will get.
  package var carry = 0.9

  package init() {}

  /// The costs that are left of `errors`, a row a layer of `network` with the widths 2, 3, … 8.
  package func remaining(_ errors: [[Double]], of network: Graph) -> [[Double]] {
    precondition(errors.count == network.layers.count, "\(errors.count) rows")
    return zip(errors, network.unitsBehindLayers).map { row, units in
      var left = row
      for width in left.indices.dropLast().reversed() where left[width + 1] > 0 {
        left[width] = min(left[width], growthPerBit * left[width + 1])
      }
      let passed = (0..<units).reduce(1.0) { part, _ in part * carry }
      return left.map { $0 * passed }
    }
  }
}

extension Graph {
  /// The number of reconstructed units behind each layer's own, the last layer's not counted.
  fileprivate var unitsBehindLayers: [Int] {
    let ranges = layersOfUnits.filter { !$0.isEmpty }
    return ranges.enumerated().flatMap { place, range in
      range.map { _ in max(0, ranges.count - 2 - place) }
    }
  }
}
