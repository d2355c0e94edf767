package import MixQuant
package import Execution
package import Graphs
package import Quantization
package import Tensors

extension ErrorTable {
  /// Returns the ratio of noise to signal in the logits if one layer alone is rounded to nearest.
  ///
  /// Its inverse is the SQNR, the sensitivity of AIMET's AMP (arXiv 2302.05397): the mean over the
  /// images of Σ logit² / Σ (logit − logit′)². Pinned layers and widths that are not candidates are
  /// not measured; their error is infinite. Ranks share the images.
  ///
  /// - Parameters:
  ///   - network: The network, folded and in full precision.
  ///   - images: The images, (N, 3, H, W).
  ///   - progress: Receives the share of the work that is done.
  package static func outputNoise(
    of network: Graph, images: Tensor, quantizer: WeightQuantizer,
    pinned: [String: BitWidth] = [:], candidates: [BitWidth] = BitWidth.all,
    context: Context = .serial, progress: (Double) -> Void = { _ in }
  ) -> ErrorTable {
    var features = images.chunks(of: imagesPerChunk)
    let signal = context.map(features.count) { [features] in network.logits(features[$0]) }
    var values: [[Double]] = []
    for (place, unit) in network.units.enumerated() {
      let rest = network[units: place..<network.units.count]
      for layer in network[unit].layers {
        let row = BitWidth.all.map { bitWidth in
          guard pinned[layer.name] == nil, candidates.contains(bitWidth) else {
            return Double.infinity
          }
          let codes = quantizer.quantize(layer.weight, bitWidth: bitWidth, context: context)
          let rounded = rest.replacing(weight: codes.dequantized(), of: layer.name)
          let noisy = context.mapOverRanks(features.count) { [features] piece in
            rounded.logits(features[piece]).scalars
          }
          return noiseToSignal(signal: signal, noisy: noisy)
        }
        values.append(row)
        progress(Double(values.count) / Double(network.layers.count))
      }
      guard place < network.units.count - 1 else { break }
      let part = network[unit]
      features = context.map(features.count) { [features] in part(features[$0]) }
    }
    return ErrorTable(
      model: network.name, quantity: .outputNoise, layers: network.weightLayers,
      values: values)
  }

  /// Returns one over the mean SQNR of the images, whose logits (N, classes) are given in parts.
  static func noiseToSignal(signal: [Tensor], noisy: [[Float]]) -> Double {
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
}

extension Graph {
  /// Returns the graph with the weights of the layer called `name` replaced.
  fileprivate func replacing(weight: Tensor, of name: String) -> Graph {
    mapLayers { layer in
      var convolution = layer.convolution
      if layer.name == name { convolution.weight = weight }
      return convolution
    }
  }
}
