package import Execution
package import Tensors

extension ResNet {
  /// The increase of the KL divergence, in nats an image, that maps of one site's activations cause, to
  /// second order: ½·E⟨∇, map(a) − a⟩², with ∇ the gradient of −log p(y | image) with respect to the
  /// site's activations a and the mean over `images` and labels y of the model's own softmax.
  ///
  /// A row a site, in network order, with a number a map. The labels are averaged over by `samples`
  /// sketches an image, see `FisherSketch`.
  /// - Parameter maps: for every site, in network order, any number of maps that leave zeros alone.
  package func activationForms(
    of maps: [[@Sendable (Tensor) -> Tensor]], images: Tensor, sketch: FisherSketch, samples: Int,
    workers: Workers = .one
  ) -> [[Double]] {
    let siteOfLayer = Dictionary(
      uniqueKeysWithValues: siteLayers.enumerated().map { ($0.element, $0.offset) })
    precondition(maps.count == siteOfLayer.count, "maps of \(maps.count) sites")
    return sketched(
      images, by: sketch, samples: samples,
      zeros: maps.map { [Double](repeating: 0, count: $0.count) },
      times: 0.5 / Double(images.rowCount * samples), workers: workers
    ) { trace, gradient, sums in
      let activations = trace.activations
      // Gradients come behind the ReLU's mask; where that hides one, a map changes nothing.
      forEachLayerGradient(trace, logitsGradient: gradient) { layer, _, gradient in
        guard let site = siteOfLayer[layer] else { return }
        gradient.addSquaredSlopes(along: maps[site], at: activations[site], to: &sums[site])
      }
    }
  }
}

extension NetworkTrace {
  /// The activations of every site, (N, C, H, W), in network order.
  fileprivate var activations: [Tensor] {
    [rectifiedStem] + blocks.flatMap { $0.rectified + [$0.sum] }
  }
}

extension Tensor {
  /// For every map, adds ⟨self, map(a) − a⟩² of every image to the map's sum.
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
