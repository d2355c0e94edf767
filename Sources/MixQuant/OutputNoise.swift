package import Execution
package import Networks
package import Quantization
package import Tensors

extension ErrorTable {
  /// The noise over the signal in the logits where one layer alone is rounded to nearest, for every free
  /// layer and candidate: what AIMET's AMP (arXiv 2302.05397) calls sensitivity, its SQNR inverted.
  ///
  /// The SQNR is the mean over the images of Σ logit² / Σ (logit − logit′)². What was not measured is
  /// infinite: pinned layers, and widths that are no candidates.
  /// - Parameters:
  ///   - network: folded, in full precision.
  ///   - images: (N, 3, H, W).
  ///   - progress: gets the share that is done.
  package static func outputNoise(
    of network: ResNet, images: Tensor, quantizer: WeightQuantizer,
    pinned: [String: BitWidth] = [:], candidates: [BitWidth] = BitWidth.all,
    workers: Workers = .one, progress: (Double) -> Void = { _ in }
  ) -> ErrorTable {
    let stages = network.stages
    var features = images.chunks(of: imagesPerChunk)
    let signal = workers.map(features.count) { [features] in network(features[$0]) }
    var values: [[Double]] = []
    for (depth, stage) in stages.enumerated() {
      for layer in stage.layers {
        let row = BitWidth.all.map { bitWidth in
          guard pinned[layer.name] == nil, candidates.contains(bitWidth) else {
            return Double.infinity
          }
          let codes = quantizer.quantize(layer.weight, bitWidth: bitWidth, workers: workers)
          var rounded = layer
          rounded.weight = codes.dequantized()
          let rest = [stage.replacing(rounded)] + stages[(depth + 1)...]
          let noisy = workers.map(features.count) { [features] piece in
            rest.reduce(features[piece]) { $1($0) }
          }
          return noiseToSignal(signal: signal, noisy: noisy)
        }
        values.append(row)
        progress(Double(values.count) / Double(network.layers.count))
      }
      features = workers.map(features.count) { [features] in stage(features[$0]) }
    }
    return ErrorTable(
      model: network.architecture, quantity: .outputNoise, layers: network.weightLayers,
      values: values)
  }

  /// One over the mean SQNR of the images, whose logits (N, classes) stand in pieces.
  static func noiseToSignal(signal: [Tensor], noisy: [Tensor]) -> Double {
    var (ratios, images) = (0.0, 0)
    for (signal, noisy) in zip(signal, noisy) {
      let classes = signal.scalars.count / signal.rowCount
      for start in stride(from: 0, to: signal.scalars.count, by: classes) {
        var (power, noise) = (0.0, 0.0)
        for index in start..<start + classes {
          let logit = Double(signal.scalars[index])
          let difference = logit - Double(noisy.scalars[index])
          power += logit * logit
          noise += difference * difference
        }
        ratios += power / noise
        images += 1
      }
    }
    return ratios > 0 ? Double(images) / ratios : .infinity
  }
}
