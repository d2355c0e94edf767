package import Execution
package import Networks
package import Quantization
package import Tensors

/// Which terms of a layer's Fisher information count.
package enum FisherForm: String, Codable, CaseIterable, Sendable {
  /// Those of single outputs: the layer's output error, channel by channel, times the energy of the
  /// gradients there. What positions and channels do together is left out.
  case diagonal
  /// All: the mean square of the loss's slope along the change of the weights.
  case full
}

/// What is foreseen of a layer's rounding.
package enum ForeseenRounding: String, Codable, CaseIterable, Sendable {
  /// Error feedback, a closed form that learned rounding comes close to.
  case feedback
  /// Every weight to its nearest code.
  case nearest
}

/// How the sensitivity-weighted error table is measured, see Docs/Sensitivity.md.
package struct SensitivityRecipe: Sendable, Codable, Equatable {
  /// Which terms count.
  package var form = FisherForm.full
  /// What changes the weights.
  package var rounding = ForeseenRounding.feedback
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
/// Second order in the change ΔW, which is what the recipe's rounding (`CholeskyRounding` if not set) on the
/// grids of `quantizer` does to the weights with batch normalisation folded. Inputs and gradients are those of the full-precision
/// network; labels are not used.
/// - Parameters:
///   - images: the calibration images, (N, 3, H, W), normalised; at least one.
///   - progress: is told the name of every layer that has been rounded.
package func weightedErrors(
  of network: ResNet, images: Tensor, quantizer: WeightQuantizer,
  recipe: SensitivityRecipe = SensitivityRecipe(), workers: Workers = .one,
  progress: (String) -> Void = { _ in }
) -> [[Double]] {
  let measurement = SensitivityMeasurement(
    network: network.foldingBatchNorm(), images: images, quantizer: quantizer, recipe: recipe,
    workers: workers)
  switch recipe.form {
  case .diagonal: return measurement.diagonal(progress: progress)
  case .full: return measurement.full(progress: progress)
  }
}

/// What both forms have in common.
private struct SensitivityMeasurement {
  let network: ResNet
  let images: Tensor
  let quantizer: WeightQuantizer
  let recipe: SensitivityRecipe
  let workers: Workers

  private var sketch: FisherSketch { FisherSketch(seed: recipe.seed) }

  /// ½ · positions · Σ energy_c · (ΔW·G·ΔWᵀ)_cc over output channels c.
  func diagonal(progress: (String) -> Void) -> [[Double]] {
    let energies = network.outputGradientEnergies(
      images: images, sketch: sketch, samples: recipe.samples, workers: workers)
    let sizes = network.layerSizes(inputSize: (images.shape[2], images.shape[3]))
    var table: [[Double]] = []
    forEachRounding { index, layer, grams, rounded in
      let positions = Double(sizes[index].outputShape[1] * sizes[index].outputShape[2])
      table.append(
        rounded.map { weight in
          let errors = layer.weight.outputErrors(of: weight, grams: grams, workers: workers)
          return 0.5 * positions * zip(errors, energies[index]).reduce(0) { $0 + $1.0 * $1.1 }
        })
      progress(layer.name)
    }
    return table
  }

  /// ½ · E⟨∇, ΔW⟩².
  func full(progress: (String) -> Void) -> [[Double]] {
    var changes: [[Tensor]] = []
    forEachRounding { _, layer, _, rounded in
      changes.append(rounded.map { $0.subtracting(layer.weight) })
      progress(layer.name)
    }
    return network.fisherForms(
      of: changes, images: images, sketch: sketch, samples: recipe.samples, workers: workers)
  }

  /// Shows every layer with its Gram matrices and its rounded weights at 2, 3, … 8 bits.
  private func forEachRounding(_ body: (Int, Conv2d, [Tensor], [Tensor]) -> Void) {
    let layers = network.layers
    network.forEachInputGram(
      images: images, positionLimit: recipe.positionLimit, workers: workers
    ) { index, grams in
      body(index, layers[index], grams, rounded(layers[index].weight, grams: grams))
    }
  }

  /// `weight` at 2, 3, … 8 bits.
  private func rounded(_ weight: Tensor, grams: [Tensor]) -> [Tensor] {
    switch recipe.rounding {
    case .nearest:
      return BitWidth.all.map {
        quantizer.quantize(weight, bitWidth: $0, workers: workers).dequantized()
      }
    case .feedback:
      let rounding = CholeskyRounding(grams: grams, workers: workers)
      return BitWidth.all.map { bitWidth in
        let grids = quantizer.grids(for: weight, bitWidth: bitWidth, workers: workers)
        return rounding.quantize(weight, grids: grids, workers: workers).dequantized()
      }
    }
  }
}
