package import Execution
package import Graphs
package import Tensors

/// A search for the grids of activations on calibration images.
///
/// Sites get their grids one by one in network order. Each site sees the values that quantized
/// weights and the quantized activations before it produce. Only the current unit is in memory.
package struct ActivationCalibration: Sendable {
  private enum Widths {
    /// One width for all sites except the first; see `BitRules`.
    case uniform(BitWidth)
    case planned([Site: BitWidth])
  }

  private let widths: Widths
  /// The method that finds a range from a histogram.
  package var method: ActivationRange

  /// Creates a calibration with one width for all sites except the first; see `BitRules`.
  package init(bitWidth: BitWidth, method: ActivationRange = .mse) {
    widths = .uniform(bitWidth)
    self.method = method
  }

  /// Creates a calibration with a width for every site.
  package init(bitWidths: [Site: BitWidth], method: ActivationRange = .mse) {
    widths = .planned(bitWidths)
    self.method = method
  }

  /// Returns the grid of every site of `network`; ranks share the images.
  ///
  /// - Parameters:
  ///   - network: The network with quantized weights.
  ///   - images: The calibration images, (N, C, H, W).
  package func grids(
    for network: Graph, images: Tensor, context: Context = .serial
  ) -> [Site: UniformAffine] {
    var grids: [Site: UniformAffine] = [:]
    network.forEachActivationHistogram(images: images, context: context) { site, histogram in
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
  /// Returns the grids of every site for its full-precision activations on `images` (N, C, H, W).
  ///
  /// Each site has one grid per width of `choices`, in that order.
  package func activationGrids(
    _ choices: ActivationChoices, images: Tensor, method: ActivationRange = .mse,
    context: Context = .serial
  ) -> [[UniformAffine]] {
    var grids: [[UniformAffine]] = []
    forEachActivationHistogram(images: images, context: context) { site, histogram in
      grids.append(
        choices.widths(of: site).map { histogram.grid(bitWidth: $0, method: method) })
      return nil
    }
    return grids
  }

  /// Calls `body` with the histogram of every site's activations, in network order.
  ///
  /// Earlier sites are quantized on the grids that `body` returned for them; if it returned nil, they
  /// are not changed.
  fileprivate func forEachActivationHistogram(
    images: Tensor, context: Context, _ body: (Site, HistogramObserver) -> UniformAffine?
  ) {
    let chunks = images.chunks(of: imagesPerChunk)
    // A rank needs only its own chunks, because counts of values are exact in any order.
    var features = context.ranks.share(of: chunks.count).map { chunks[$0] }
    var grids: [Site: UniformAffine] = [:]
    let last = siteNodes.last ?? 0
    for (place, unit) in units.enumerated() where unit.nodes.lowerBound <= last {
      let pass = UnitCalibration(self[unit], inputs: features, context: context)
      // The first unit's activations are the largest, so they are computed again instead of kept.
      features =
        place == 0 ? pass.computingAgain(&grids, body) : pass.keepingActivations(&grids, body)
    }
  }
}

/// An evaluation of one unit on all images in chunks, which stops at each site for its histogram.
private struct UnitCalibration {
  let unit: Graph
  let inputs: [Tensor]
  let context: Context

  init(_ unit: Graph, inputs: [Tensor], context: Context) {
    self.unit = unit
    self.inputs = inputs
    self.context = context
  }

  /// Evaluates the unit for all chunks, node by node.
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
      let quantized = context.map(activations) { grid.fakeQuantized($0) }
      for chunk in passes.indices { passes[chunk].replace(index, by: quantized[chunk]) }
    }
    return passes.map(\.output)
  }

  private func evaluate(_ passes: inout [Executor], _ index: Int) {
    passes.withUnsafeMutableBufferPointer { buffer in
      let passes = SharedPointer(buffer)
      context.forEach(buffer.count) { chunk, _ in passes.base[chunk].evaluate(index) }
    }
  }

  /// Evaluates the unit from its inputs again for every site.
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
    return context.map(inputs) { [unit, grids] chunk in
      unit.value(of: unit.nodes.count - 1, for: chunk, grids: grids)
    }
  }

  /// Returns the histogram of the activations that `activations` returns for each chunk.
  ///
  /// It calls `activations` twice per chunk: for the range and for the histogram.
  private func histogram(
    of chunks: [Tensor], activations: @Sendable (Tensor) -> Tensor
  ) -> HistogramObserver {
    let range = context.map(chunks) { chunk in
      var observer = MinMaxObserver()
      observer.observe(activations(chunk))
      return observer
    }.reduce(into: MinMaxObserver()) { $0.merge($1) }.merged(over: context).range
    return context.map(chunks) { chunk in
      var observer = HistogramObserver(range: range)
      observer.observe(activations(chunk))
      return observer
    }.reduce(into: HistogramObserver(range: range)) { $0.merge($1) }.merged(over: context)
  }
}

extension Graph {
  /// Returns the value of node `index` for `input` with the sites before it quantized.
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
