package import Networks
package import Tensors

/// Finds the grids of activations on calibration images.
///
/// Sites are fixed one by one in network order, so that each sees what quantized weights and quantized
/// activations before it produce. Only the block at work is in memory: its inputs, and the activations
/// between its last site and the next.
package struct ActivationCalibration: Sendable {
  /// The width everywhere but at the stem's output, see `BitRules`.
  package var bitWidth: BitWidth
  /// How a range is found from a histogram.
  package var method: ActivationRange

  package init(bitWidth: BitWidth, method: ActivationRange = .mse) {
    self.bitWidth = bitWidth
    self.method = method
  }

  /// Images of one piece of work; pieces are also what workers share.
  private static let pieceSize = 8

  /// The grid of every site of `network`, whose weights are already the quantized ones, on `images`
  /// (N, 3, H, W).
  package func grids(
    for network: ResNet, images: Tensor, workers: Workers = .one
  ) -> [ActivationSite: UniformAffine] {
    let starts = Array(stride(from: 0, to: images.rowCount, by: Self.pieceSize))
    let pieces = starts.map { images[rows: $0..<min($0 + Self.pieceSize, images.rowCount)] }
    var grids: [ActivationSite: UniformAffine] = [:]

    let stem = network.stem
    let stemGrid = grid(bitWidth: BitRules.stemOutputBits, pieces: pieces.count, workers: workers) {
      stem.convolution(pieces[$0], relu: true)
    }
    grids[stem.convolution.name] = stemGrid
    var features = workers.map(pieces.count) { piece in
      stem(pieces[piece], activations: { stemGrid.fakeQuantized($1) })
    }
    for block in network.blocks {
      features = calibrate(block, inputs: features, grids: &grids, workers: workers)
    }
    return grids
  }

  /// Fixes the grids of `block`'s sites and gives its quantized outputs.
  private func calibrate(
    _ block: ResidualBlock, inputs: [Tensor], grids: inout [ActivationSite: UniformAffine],
    workers: Workers
  ) -> [Tensor] {
    func quantized(_ activations: [Tensor], at site: ActivationSite) -> [Tensor] {
      let grid = grid(bitWidth: bitWidth, pieces: activations.count, workers: workers) {
        activations[$0]
      }
      grids[site] = grid
      return workers.map(activations.count) { grid.fakeQuantized(activations[$0]) }
    }
    var hidden = inputs
    for convolution in block.branch.dropLast() {
      let rectified = workers.map(hidden.count) { [hidden] in convolution(hidden[$0], relu: true) }
      hidden = quantized(rectified, at: convolution.name)
    }
    let last = block.branch[block.branch.count - 1]
    let sums = workers.map(hidden.count) { [hidden] piece in
      var sum = last(hidden[piece])
      sum.addThenReLU(block.shortcut(inputs[piece]))
      return sum
    }
    return quantized(sums, at: block.name)
  }

  /// The grid of the activations that `activations` gives piece by piece, twice: for their range, then
  /// for their histogram.
  private func grid(
    bitWidth: BitWidth, pieces: Int, workers: Workers,
    activations: @Sendable (Int) -> Tensor
  ) -> UniformAffine {
    let range = workers.map(pieces) { piece in
      var observer = MinMaxObserver()
      observer.observe(activations(piece))
      return observer
    }.reduce(into: MinMaxObserver()) { $0.merge($1) }.range
    let histogram = workers.map(pieces) { piece in
      var observer = HistogramObserver(range: range)
      observer.observe(activations(piece))
      return observer
    }.reduce(into: HistogramObserver(range: range)) { $0.merge($1) }
    return histogram.grid(bitWidth: bitWidth, method: method)
  }
}
