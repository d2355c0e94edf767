package import Graphs

/// A model of the part of single-layer rounding errors that remains after block reconstruction.
///
/// Docs/Algorithms/Allocation.md explains the model. Both numbers were chosen from reconstructions on a part
/// of a calibration pool, never on evaluation images.
package struct ReconstructionOutlook: Sendable, Codable, Equatable {
  /// The largest factor by which one bit less may multiply a layer's error.
  ///
  /// It is the factor by which the noise of a grid grows. If the error grows by more, as at the narrowest
  /// widths, many outputs share the additional part, and reconstruction repairs such errors first.
  package var growthPerBit = 4.0
  /// The part of an error that each later block passes on.
  ///
  /// It is below 1, because blocks are reconstructed on the inputs that they will receive.
  package var carry = 0.9

  package init() {}

  /// Returns the remaining part of `errors`, which have one row per layer for the widths 2, 3, … 8.
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
  /// The number of reconstructed units after each layer's own unit, without the unit of the last layer.
  fileprivate var unitsBehindLayers: [Int] {
    let ranges = layersOfUnits.filter { !$0.isEmpty }
    return ranges.enumerated().flatMap { place, range in
      range.map { _ in max(0, ranges.count - 2 - place) }
    }
  }
}
