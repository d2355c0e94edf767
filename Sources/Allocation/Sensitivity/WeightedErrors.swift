package import Execution
package import Graphs
package import Quantization
package import Tensors

/// The settings for measuring the sensitivity-weighted error table; see Docs/Algorithms/Allocation.md.
package struct SensitivityRecipe: Sendable, Codable, Equatable {
  /// The rounding method that changes the weights.
  package var rounding = LayerRounding.gptq
  /// The largest number of output positions per image that a Gram matrix uses.
  package var positionLimit = 64
  /// The number of sketches of the softmax's Fisher information per image.
  package var samples = 2
  /// The seed of the sketches.
  package var seed: UInt64 = 0

  package init() {}
}

/// Returns the KL divergence that rounding one layer is expected to add to the network's output.
///
/// It is in nats per image and of second order in the change ΔW. The recipe's rounding method makes
/// this change to the weights, with batch normalisation folded, on the grids of `quantizer`. Inputs
/// and gradients are those of the full-precision network. Labels are not used.
///
/// - Parameters:
///   - images: The calibration images, normalised, (N, 3, H, W); at least one.
///   - progress: Receives the name of each layer after it is rounded.
/// - Returns: One row per layer, in module order, with the widths 2, 3, … 8.
package func weightedErrors(
  of network: Graph, images: Tensor, quantizer: WeightQuantizer,
  recipe: SensitivityRecipe = SensitivityRecipe(), context: Context = .serial,
  progress: (String) -> Void = { _ in }
) -> [[Double]] {
  let measurement = SensitivityMeasurement(
    network: network.foldingBatchNorm(), images: images, quantizer: quantizer, recipe: recipe,
    context: context)
  return measurement(progress: progress)
}

private struct SensitivityMeasurement {
  let network: Graph
  let images: Tensor
  let quantizer: WeightQuantizer
  let recipe: SensitivityRecipe
  let context: Context

  /// Returns ½ · E⟨∇, ΔW⟩² for the rounding of every layer at every width.
  func callAsFunction(progress: (String) -> Void) -> [[Double]] {
    var changes: [[Tensor]] = []
    forEachRounding { layer, rounded in
      changes.append(rounded.map { $0.subtracting(layer.weight) })
      progress(layer.name)
    }
    return network.fisherForms(
      of: changes, images: images, sketch: FisherSketch(seed: recipe.seed),
      samples: recipe.samples, context: context)
  }

  private func forEachRounding(_ body: (Layer, [Tensor]) -> Void) {
    let layers = network.layers
    network.forEachInputGram(
      images: images, positionLimit: recipe.positionLimit, context: context
    ) { index, grams in
      body(layers[index], rounded(layers[index].weight, grams: grams))
    }
  }

  /// Returns `weight` rounded at 2, 3, … 8 bits.
  private func rounded(_ weight: Tensor, grams: [Tensor]) -> [Tensor] {
    switch recipe.rounding {
    case .nearest:
      return BitWidth.all.map {
        quantizer.quantize(weight, bitWidth: $0, context: context).dequantized()
      }
    case .gptq:
      let rounding = GPTQ(grams: grams, context: context)
      return BitWidth.all.map { bitWidth in
        let grids = quantizer.grids(for: weight, bitWidth: bitWidth, context: context)
        return rounding.quantize(weight, grids: grids, context: context).dequantized()
      }
    }
  }
}
