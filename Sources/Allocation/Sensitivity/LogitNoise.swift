internal import Execution
internal import Graphs
internal import Tensors

extension Graph {
  /// Calls `body` for each unit in order, with a function that measures the noise of rounding in it.
  ///
  /// `body` receives the unit, the graph from this unit to the logits, and the function. The function
  /// receives logits (n, classes) as a function of the unit's inputs, which are in full precision. It
  /// returns the ratio of noise to signal in them: one over the mean over the images of
  /// Σ logit² / Σ (logit − logit′)². Ranks share the images.
  ///
  /// - Parameter images: The images, (N, 3, H, W).
  func forEachUnit(
    images: Tensor, context: Context,
    _ body: (
      _ unit: Graph, _ rest: Graph, _ noise: (@Sendable (Tensor) -> Tensor) -> Double
    ) -> Void
  ) {
    var features = images.chunks(of: imagesPerChunk)
    let signal = context.map(features.count) { [features] in logits(features[$0]) }
    for (place, unit) in units.enumerated() {
      let part = self[unit]
      body(part, self[units: place..<units.count]) { [features] noisyLogits in
        let noisy = context.mapOverRanks(features.count) { noisyLogits(features[$0]).scalars }
        return noiseToSignal(signal: signal, noisy: noisy)
      }
      guard place < units.count - 1 else { break }
      features = context.map(features.count) { [features] in part(features[$0]) }
    }
  }
}

/// Returns one over the mean SQNR of the images, whose logits (n, classes) are given in parts.
private func noiseToSignal(signal: [Tensor], noisy: [[Float]]) -> Double {
  var (ratios, images) = (0.0, 0)
  for (signal, noisy) in zip(signal, noisy) {
    let classes = signal.scalars.count / signal.rowCount
    for start in stride(from: 0, to: signal.scalars.count, by: classes) {
      var (power, noise) = (0.0, 0.0)
      for index in start..<start + classes {
        let logit = Double(signal.scalars[index])
        let difference = logit - Double(noisy[index])
        power += logit * logit
        noise += difference * difference
      }
      ratios += power / noise
      images += 1
    }
  }
  return ratios > 0 ? Double(images) / ratios : .infinity
}
