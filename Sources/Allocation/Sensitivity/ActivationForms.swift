package import Execution
package import Graphs
package import Tensors

extension Graph {
  /// Returns the KL divergence that maps of one site's activations cause.
  ///
  /// It is ½·E⟨∇, map(a) − a⟩² in nats per image, to second order. ∇ is the gradient of −log p(y |
  /// image) with respect to the site's activations a. The mean is over `images` and over labels y
  /// drawn from the model's own softmax; `samples` sketches per image replace the labels, see
  /// `FisherSketch`.
  ///
  /// - Parameter maps: For every site, in network order, any number of maps that keep zeros.
  /// - Returns: One row per site, in network order, with one number per map.
  package func activationForms(
    of maps: [[@Sendable (Tensor) -> Tensor]], images: Tensor, sketch: FisherSketch, samples: Int,
    context: Context = .serial
  ) -> [[Double]] {
    let siteNodes = siteNodes
    let siteOfNode = Dictionary(
      uniqueKeysWithValues: siteNodes.enumerated().map { ($0.element, $0.offset) })
    precondition(maps.count == siteNodes.count, "maps of \(maps.count) sites")
    return sketched(
      images, by: sketch, samples: samples,
      zeros: maps.map { [Double](repeating: 0, count: $0.count) },
      times: 0.5 / Double(images.rowCount * samples), context: context
    ) { trace, gradient, sums in
      _ = backward(trace, outputGradient: gradient, activations: nil) { node, gradient in
        guard let site = siteOfNode[node] else { return }
        gradient.addSquaredSlopes(along: maps[site], at: trace[node], to: &sums[site])
      }
    }
  }
}

extension Tensor {
  /// Adds ⟨self, map(a) − a⟩² of every image to the sum of each map.
  fileprivate func addSquaredSlopes(
    along maps: [@Sendable (Tensor) -> Tensor], at activations: Tensor, to sums: inout [Double]
  ) {
    let rows = (0..<rowCount).map { $0..<$0 + 1 }
    let before = rows.map { dotProduct(with: activations, rows: $0) }
    for (index, map) in maps.enumerated() {
      let mapped = map(activations)
      for (image, row) in rows.enumerated() {
        let slope = dotProduct(with: mapped, rows: row) - before[image]
        sums[index] += slope * slope
      }
    }
  }
}
