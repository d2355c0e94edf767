package import Execution
package import Networks
package import Tensors

/// Finds the grids of activations on calibration images.
///
/// Sites are fixed one by one in network order, so that each sees what quantized weights and quantized
/// activations before it produce. Only the block at work is in memory: its inputs, and the activations
/// between its last site and the next.
package struct ActivationCalibration: Sendable {
  private enum Widths {
    /// The width everywhere but at the stem's output, see `BitRules`.
    case uniform(BitWidth)
    case planned([ActivationSite: BitWidth])
  }

  private let widths: Widths
  /// How a range is found from a histogram.
  package var method: ActivationRange

  /// The same width everywhere but at the stem's output, see `BitRules`.
  package init(bitWidth: BitWidth, method: ActivationRange = .mse) {
    widths = .uniform(bitWidth)
    self.method = method
  }

  /// A width for every site.
  package init(bitWidths: [ActivationSite: BitWidth], method: ActivationRange = .mse) {
    widths = .planned(bitWidths)
    self.method = method
  }

  /// The grid of every site of `network`, whose weights are already the quantized ones, on `images`
  /// (N, 3, H, W).
  package func grids(
    for network: ResNet, images: Tensor, workers: Workers = .one
  ) -> [ActivationSite: UniformAffine] {
    var grids: [ActivationSite: UniformAffine] = [:]
    network.forEachActivationHistogram(images: images, workers: workers) { site, histogram in
      let grid = histogram.grid(bitWidth: bitWidth(at: site, of: network), method: method)
      grids[site] = grid
      return grid
    }
    return grids
  }

  private func bitWidth(at site: ActivationSite, of network: ResNet) -> BitWidth {
    switch widths {
    case .uniform(let bitWidth):
      return BitRules().pinnedActivations(in: network)[site] ?? bitWidth
    case .planned(let bitWidths):
      guard let bitWidth = bitWidths[site] else { preconditionFailure("no width for \(site)") }
      return bitWidth
    }
  }
}

extension ResNet {
  /// The grids of every site at each width of `choices`, in its order, for the full-precision activations
  /// of `images` (N, 3, H, W).
  package func activationGrids(
    _ choices: ActivationChoices, images: Tensor, method: ActivationRange = .mse,
    workers: Workers = .one
  ) -> [[UniformAffine]] {
    var grids: [[UniformAffine]] = []
    forEachActivationHistogram(images: images, workers: workers) { site, histogram in
      grids.append(
        choices.widths(of: site).map { histogram.grid(bitWidth: $0, method: method) })
      return nil
    }
    return grids
  }

  /// Shows the distribution of every site's activations, in network order, as the sites before let them
  /// through: on the grids that `body` gave for those, or unchanged where it gave none.
  fileprivate func forEachActivationHistogram(
    images: Tensor, workers: Workers, _ body: (ActivationSite, HistogramObserver) -> UniformAffine?
  ) {
    let chunks = images.chunks(of: imagesPerChunk)
    // The stem's outputs are the largest of all: made again each time rather than kept.
    let stemGrid = body(
      stem.convolution.name,
      histogram(chunks: chunks, workers: workers) { [stem] in stem.convolution($0, relu: true) })
    var features = workers.map(chunks) { [stem] chunk in
      stem(chunk) { stemGrid?.fakeQuantized($1) ?? $1 }
    }
    for block in blocks {
      features = block.outputs(features, workers: workers) { site, activations in
        let histogram = histogram(chunks: activations, workers: workers) { $0 }
        guard let grid = body(site, histogram) else { return activations }
        return workers.map(activations) { grid.fakeQuantized($0) }
      }
    }
  }
}

extension ResidualBlock {
  /// The outputs for `inputs`, with the activations of every site replaced by `quantized`.
  fileprivate func outputs(
    _ inputs: [Tensor], workers: Workers, quantized: (ActivationSite, [Tensor]) -> [Tensor]
  ) -> [Tensor] {
    var hidden = inputs
    for convolution in branch.dropLast() {
      let rectified = workers.map(hidden) { convolution($0, relu: true) }
      hidden = quantized(convolution.name, rectified)
    }
    let last = branch[branch.count - 1]
    let sums = workers.map(hidden.count) { [hidden] chunk in
      var sum = last(hidden[chunk])
      sum.addThenReLU(shortcut(inputs[chunk]))
      return sum
    }
    return quantized(name, sums)
  }
}

/// The histogram of the activations that `activations` gives chunk by chunk, twice: for their range, then
/// for their distribution.
private func histogram(
  chunks: [Tensor], workers: Workers, activations: @Sendable (Tensor) -> Tensor
) -> HistogramObserver {
  let range = workers.map(chunks) { chunk in
    var observer = MinMaxObserver()
    observer.observe(activations(chunk))
    return observer
  }.reduce(into: MinMaxObserver()) { $0.merge($1) }.range
  return workers.map(chunks) { chunk in
    var observer = HistogramObserver(range: range)
    observer.observe(activations(chunk))
    return observer
  }.reduce(into: HistogramObserver(range: range)) { $0.merge($1) }
}
