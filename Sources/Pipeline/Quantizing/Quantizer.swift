package import Datasets
package import Networks
package import Quantization
package import Reconstruction
package import Tensors

/// What a quantization tells while it works.
package enum QuantizationEvent: Sendable {
  case readingImages(done: Int, of: Int)
  /// Calibration images that cannot be read and are left out.
  case skipped([SkippedImage])
  case findingActivationRanges
  case reconstruction(ReconstructionEvent)
}

/// Quantizes one network by one recipe on one set of images; only the plan differs between calls, so
/// that two plans are compared on equal terms.
package struct Quantizer: Sendable {
  /// Folded, in full precision.
  let network: ResNet
  package let recipe: QuantizationRecipe
  let images: CalibrationSet?
  let workers: Workers

  /// - Parameter images: may be absent only if the recipe needs none.
  package init(
    _ network: ResNet, recipe: QuantizationRecipe, images: CalibrationSet?, workers: Workers
  ) {
    precondition(!recipe.needsImages || images != nil, "the recipe needs images")
    self.network = network
    self.recipe = recipe
    self.images = images
    self.workers = workers
  }

  /// The quantized network, and what became of every unit that was reconstructed; throws where images
  /// cannot be read.
  package func callAsFunction(
    plan: BitWidthAssignment, progress: (QuantizationEvent) -> Void = { _ in }
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    let nearest = QuantizedNetwork.quantizing(
      network, plan: plan, quantizer: recipe.weights, workers: workers)
    guard let images, recipe.needsImages else { return (nearest, []) }
    guard recipe.method != .nearest else {
      return (try calibratingActivations(of: nearest, images: images, progress: progress), [])
    }

    func stemOutputs() throws -> BlockInputs {
      let (inputs, skipped) = try images.blockInputs(
        fullPrecision: network.stem, quantized: nearest.network.stem, workers: workers
      ) { progress(.readingImages(done: $0, of: images.images.items.count)) }
      if !skipped.isEmpty { progress(.skipped(skipped)) }
      return inputs
    }
    let reconstruction = NetworkReconstruction(
      of: network, recipe: recipe.settled.reconstruction, seed: recipe.seed, workers: workers)
    var (quantized, reports) = try reconstruction.weights(from: nearest, inputs: stemOutputs()) {
      progress(.reconstruction($0))
    }
    guard recipe.activationBits != nil else { return (quantized, reports) }

    quantized = try calibratingActivations(of: quantized, images: images, progress: progress)
    guard recipe.method == .brecq else { return (quantized, reports) }
    // Read again rather than kept beside the weight stage's caches.
    let learned = reconstruction.activations(
      of: quantized, stemOutputs: try stemOutputs().fullPrecision
    ) { progress(.reconstruction($0)) }
    return (learned.network, reports + learned.reports)
  }

  private func calibratingActivations(
    of quantized: QuantizedNetwork, images: CalibrationSet,
    progress: (QuantizationEvent) -> Void
  ) throws -> QuantizedNetwork {
    guard let bitWidth = recipe.activationBits else { return quantized }
    progress(.findingActivationRanges)
    let calibration = ActivationCalibration(
      bitWidth: bitWidth, method: recipe.activationRange)
    let (batch, skipped) = try images.tensor(first: recipe.rangeImages, workers: workers)
    if recipe.method == .nearest, !skipped.isEmpty { progress(.skipped(skipped)) }
    var calibrated = quantized
    calibrated.activationGrids = calibration.grids(
      for: quantized.network, images: batch, workers: workers)
    return calibrated
  }
}
