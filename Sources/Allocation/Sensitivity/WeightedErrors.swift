package import Execution
package import Graphs
package import Quantization
package import Tensors

/// How the sensitivity-weighted error table is measured, see Docs/Sensitivity.md.
package struct SensitivityRecipe: Sendable, Codable, Equatable {
  /// The rounding that changes the weights.
  package var rounding = LayerRounding.gptq
  /// The most output positions of an image that a Gram matrix is made from.
  package var positionLimit = 64
  /// The sketches of the softmax's Fisher information that an image is seen with.
  package var samples = 2
  /// Seeds the sketches.
  package var seed: UInt64 = 0

  package init() {}
}

/// The increase of the network's KL divergence, in nats an image, that rounding one layer's weights is
/// expected to cost: a row a layer in module order, with the widths 2, 3, … 8.
///
/// Second order in the change ΔW, which is what the recipe's rounding (`GPTQ` if not set) on the
/// grids of `quantizer` does to the weights with batch normalisation folded. Inputs and gradients are those of the full-precision
/// network; labels are not used.
/// - Parameters:
///   - images: the calibration images, (N, 3, H, W), normalised; at least one.
///   - progress: is told the name of every layer that has been rounded.
package func weightedErrors(
  of network: Graph, images: Tensor, quantizer: WeightQuantizer,
  recipe: SensitivityRecipe = SensitivityRecipe(), workers: Workers = .one,
  progress: (String) -> Void = { _ in }
) -> [[Double]] {
  let measurement = SensitivityMeasurement(
    network: network.foldingBatchNorm(), images: images, quantizer: quantizer, recipe: recipe,
    workers: workers)
  return measurement(progress: progress)
}

private struct SensitivityMeasurement {
  let network: Graph
  let images: Tensor
  let quantizer: WeightQuantizer
  let recipe: SensitivityRecipe
  let workers: Workers

  /// ½ · E⟨∇, ΔW⟩², for the rounding of every layer at every width.
  func callAsFunction(progress: (String) -> Void) -> [[Double]] {
    var changes: [[Tensor]] = []
    forEachRounding { layer, rounded in
      changes.append(rounded.map { $0.subtracting(layer.weight) })
      progress(layer.name)
    }
    return network.fisherForms(
      of: changes, images: images, sketch: FisherSketch(seed: recipe.seed),
      samples: recipe.samples, workers: workers)
  }

  private func forEachRounding(_ body: (Layer, [Tensor]) -> Void) {
    let layers = network.layers
    network.forEachInputGram(
      images: images, positionLimit: recipe.positionLimit, workers: workers
    ) { index, grams in
      body(layers[index], rounded(layers[index].weight, grams: grams))
    }
  }

  /// `weight` at 2, 3, … 8 bits.
  private func rounded(_ weight: Tensor, grams: [Tensor]) -> [Tensor] {
    switch recipe.rounding {
    case .nearest:
      return BitWidth.all.map {
        quantizer.quantize(weight, bitWidth: $0, workers: workers).dequantized()
      }
    case .gptq:
      let rounding = GPTQ(grams: grams, workers: workers)
      return BitWidth.all.map { bitWidth in
        let grids = quantizer.grids(for: weight, bitWidth: bitWidth, workers: workers)
        return rounding.quantize(weight, grids: grids, workers: workers).dequantized()
      }
    }
  }
}
