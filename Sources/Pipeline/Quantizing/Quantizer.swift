package import Datasets
package import Execution
package import Networks
package import Quantization
package import Reconstruction
internal import Tensors

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
  /// Of reconstruction's caches.
  let storage: CacheStorage
  let workers: Workers

  /// - Parameter images: may be absent only if neither the recipe nor any plan needs them.
  package init(
    _ network: ResNet, recipe: QuantizationRecipe, images: CalibrationSet?,
    storage: CacheStorage = .memory, workers: Workers
  ) {
    precondition(!recipe.needsImages || images != nil, "the recipe needs images")
    self.network = network
    self.recipe = recipe
    self.images = images
    self.storage = storage
    self.workers = workers
  }

  /// The quantized network, and what became of every unit that was reconstructed; throws where images
  /// cannot be read.
  package func callAsFunction(
    plan: BitWidthAssignment, progress: (QuantizationEvent) -> Void = { _ in }
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    let nearest = QuantizedNetwork.quantizing(
      network, plan: plan, quantizer: recipe.weights, workers: workers)
    guard recipe.needsImages(for: plan) else { return (nearest, []) }
    guard let images else { preconditionFailure("the plan needs images") }
    let calibration = calibration(for: plan)
    guard recipe.method != .nearest else {
      return (
        try calibratingActivations(
          of: nearest, by: calibration, images: images, progress: progress), []
      )
    }

    return try reconstructing(nearest, calibration, images: images, progress: progress)
  }

  private func reconstructing(
    _ nearest: QuantizedNetwork, _ calibration: ActivationCalibration?, images: CalibrationSet,
    progress: (QuantizationEvent) -> Void
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    func stemOutputs(_ stems: [Stem], spare: Int) throws -> [ActivationCache] {
      returnFreedMemory()
      let (caches, skipped) = try images.stemOutputs(
        stems, of: network, spare: spare, storage: storage, workers: workers
      ) { progress(.readingImages(done: $0, of: images.images.items.count)) }
      if !skipped.isEmpty { progress(.skipped(skipped)) }
      returnFreedMemory()
      return caches
    }
    func blockInputs() throws -> BlockInputs {
      let caches = try stemOutputs(
        [network.stem, nearest.network.stem], spare: recipe.reconstruction.loss == .fisher ? 1 : 0)
      return BlockInputs(
        fullPrecision: caches[0], quantized: caches[1], importance: caches.dropFirst(2).first)
    }
    let reconstruction = NetworkReconstruction(
      of: network, recipe: recipe.settled.reconstruction, seed: recipe.seed, workers: workers)
    var (quantized, reports) = try reconstruction.weights(from: nearest, inputs: blockInputs()) {
      progress(.reconstruction($0))
    }
    guard calibration != nil else { return (quantized, reports) }

    quantized = try calibratingActivations(
      of: quantized, by: calibration, images: images, progress: progress)
    guard recipe.method == .brecq else { return (quantized, reports) }
    // Read again rather than kept beside the weight stage's caches.
    let caches = try stemOutputs([network.stem], spare: 1)
    let learned = reconstruction.activations(
      of: quantized, stemOutputs: caches[0], spare: caches[1]
    ) { progress(.reconstruction($0)) }
    return (learned.network, reports + learned.reports)
  }

  /// At the plan's own widths of activations, or at the recipe's one; none where they stay as they are.
  private func calibration(for plan: BitWidthAssignment) -> ActivationCalibration? {
    if !plan.activations.isEmpty {
      return ActivationCalibration(
        bitWidths: plan.activationBitWidths, method: recipe.activationRange)
    }
    return recipe.activationBits.map {
      ActivationCalibration(bitWidth: $0, method: recipe.activationRange)
    }
  }

  private func calibratingActivations(
    of quantized: QuantizedNetwork, by calibration: ActivationCalibration?, images: CalibrationSet,
    progress: (QuantizationEvent) -> Void
  ) throws -> QuantizedNetwork {
    guard let calibration else { return quantized }
    progress(.findingActivationRanges)
    let (batch, skipped) = try images.tensor(first: recipe.rangeImages, workers: workers)
    if recipe.method == .nearest, !skipped.isEmpty { progress(.skipped(skipped)) }
    var calibrated = quantized
    calibrated.activationGrids = calibration.grids(
      for: quantized.network, images: batch, workers: workers)
    return calibrated
  }
}
