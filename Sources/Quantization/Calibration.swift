package import Execution
package import Graphs
package import Tensors

/// Finds the grids of activations on calibration images.
///
/// Sites are fixed one by one in network order, so that each sees what quantized weights and quantized
/// activations before it produce. Only the unit at work is in memory.
package struct ActivationCalibration: Sendable {
  private enum Widths {
    /// The width everywhere but at the first site, see `BitRules`.
    case uniform(BitWidth)
    case planned([Site: BitWidth])
  }

  private let widths: Widths
  /// The way in which a range is found from a histogram.
  package var method: ActivationRange

  /// The same width everywhere but at the first site, see `BitRules`.
  package init(bitWidth: BitWidth, method: ActivationRange = .mse) {
    widths = .uniform(bitWidth)
    self.method = method
  }

  /// A width for every site.
  package init(bitWidths: [Site: BitWidth], method: ActivationRange = .mse) {
    widths = .planned(bitWidths)
    self.method = method
  }

  /// Returns the grid of every site of `network`, whose weights are already the quantized ones, on `images`
  /// (N, C, H, W).
  package func grids(
    for network: Graph, images: Tensor, workers: Workers = .one
  ) -> [Site: UniformAffine] {
    var grids: [Site: UniformAffine] = [:]
    network.forEachActivationHistogram(images: images, workers: workers) { site, histogram in
      let grid = histogram.grid(bitWidth: bitWidth(at: site, of: network), method: method)
      grids[site] = grid
      return grid
    }
    return grids
  }

  private func bitWidth(at site: Site, of network: Graph) -> BitWidth {
    switch widths {
    case .uniform(let bitWidth):
      return BitRules().pinnedActivations(in: network)[site] ?? bitWidth
    case .planned(let bitWidths):
      guard let bitWidth = bitWidths[site] else { preconditionFailure("no width for \(site)") }
      return bitWidth
    }
  }
}

extension Graph {
  /// Returns the grids of every site at each width of `choices`, in its order, for the full-precision
  /// activations of `images` (N, C, H, W).
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
  /// through: on the grids that `body` gave for those, or unchanged if it gave none.
  fileprivate func forEachActivationHistogram(
    images: Tensor, workers: Workers, _ body: (Site, HistogramObserver) -> UniformAffine?
  ) {
    var features = images.chunks(of: imagesPerChunk)
    var grids: [Site: UniformAffine] = [:]
    let last = siteNodes.last ?? 0
    for (place, unit) in units.enumerated() where unit.nodes.lowerBound <= last {
      let pass = UnitCalibration(self[unit], inputs: features, workers: workers)
      // The first unit's activations are the largest of all: made again each time rather than kept.
      features =
        place == 0 ? pass.computingAgain(&grids, body) : pass.keepingActivations(&grids, body)
    }
  }
}

/// One unit's pass over all images in chunks, which stops at each site for its histogram.
private struct UnitCalibration {
  let unit: Graph
  let inputs: [Tensor]
  let workers: Workers

  init(_ unit: Graph, inputs: [Tensor], workers: Workers) {
    self.unit = unit
    self.inputs = inputs
    self.workers = workers
  }

  /// Goes forward with all chunks, node by node.
  func keepingActivations(
    _ grids: inout [Site: UniformAffine], _ body: (Site, HistogramObserver) -> UniformAffine?
  ) -> [Tensor] {
    var passes = inputs.map { Executor(unit, input: $0) }
    for (index, node) in unit.nodes.enumerated().dropFirst() {
      evaluate(&passes, index)
      guard node.operation == .relu else { continue }
      let activations = passes.map { $0.values[index] ?? $0.output }
      let histogram = histogram(of: activations) { $0 }
      guard let grid = body(node.name, histogram) else { continue }
      grids[node.name] = grid
      let quantized = workers.map(activations) { grid.fakeQuantized($0) }
      for chunk in passes.indices { passes[chunk].replace(index, by: quantized[chunk]) }
    }
    return passes.map(\.output)
  }

  private func evaluate(_ passes: inout [Executor], _ index: Int) {
    passes.withUnsafeMutableBufferPointer { buffer in
      let passes = SharedPointer(buffer)
      workers.forEach(buffer.count) { chunk, _ in passes.base[chunk].evaluate(index) }
    }
  }

  /// Goes forward from the unit's inputs again for every site.
  func computingAgain(
    _ grids: inout [Site: UniformAffine], _ body: (Site, HistogramObserver) -> UniformAffine?
  ) -> [Tensor] {
    for site in unit.siteNodes {
      let known = grids
      let histogram = histogram(of: inputs) { [unit] chunk in
        unit.value(of: site, for: chunk, grids: known)
      }
      grids[unit.nodes[site].name] = body(unit.nodes[site].name, histogram)
    }
    return workers.map(inputs) { [unit, grids] chunk in
      unit.value(of: unit.nodes.count - 1, for: chunk, grids: grids)
    }
  }

  /// The histogram of the activations that `activations` makes of each chunk, twice: for their range, then
  /// for their distribution.
  private func histogram(
    of chunks: [Tensor], activations: @Sendable (Tensor) -> Tensor
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
}

extension Graph {
  /// Returns the value of node `index` for `input`, the sites before it quantized.
  fileprivate func value(
    of index: Int, for input: Tensor, grids: [Site: UniformAffine]
  ) -> Tensor {
    var executor = Executor(self, input: input)
    for node in 1...index {
      executor.evaluate(node) { grids[$0]?.fakeQuantized($1) ?? $1 }
    }
    return executor.values[index] ?? executor.output
  }
}
