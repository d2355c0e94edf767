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
    var values: [[Double]] = []
    network.forEachUnit(images: images, context: context) { unit, rest, noise in
      for (index, layer) in unit.layers.enumerated() {
        values.append(
          BitWidth.all.map { bitWidth in
            guard pinned[layer.name] == nil, candidates.contains(bitWidth) else {
              return .infinity
            }
            let codes = quantizer.quantize(layer.weight, bitWidth: bitWidth, context: context)
            let rounded = rest.withWeight(codes.dequantized(), ofLayer: index)
            return noise { rounded.logits($0) }
          })
        progress(Double(values.count) / Double(network.layers.count))
      }
    }
    return ErrorTable(
      model: network.name, quantity: .outputNoise, layers: network.weightLayers,
      values: values)
  }
}
