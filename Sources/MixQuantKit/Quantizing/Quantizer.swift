package import Datasets
package import Execution
package import Graphs
package import Quantization
package import Reconstruction
import Tensors

/// What a quantization tells while it works.
package enum QuantizationEvent: Sendable {
  case readingImages(done: Int, of: Int)
  /// Calibration images that cannot be read and are left out.
  case skipped([SkippedImage])
  case findingActivationRanges
  /// An earlier run finished the weights of so many units, which are not learned again.
  case resuming(units: Int)
  case reconstruction(ReconstructionEvent)
}

/// Quantizes one network by one recipe on one set of images; only the plan differs between calls, so
/// that two plans are compared on equal terms.
package struct Quantizer: Sendable {
  /// Folded, in full precision.
  let network: Graph
  package let recipe: QuantizationRecipe
  let images: CalibrationSet?
  /// Of reconstruction's caches.
  let storage: CacheStorage
  let workers: Workers

  /// - Parameter images: may be absent only if neither the recipe nor any plan needs them.
  package init(
    _ network: Graph, recipe: QuantizationRecipe, images: CalibrationSet?,
    storage: CacheStorage = .memory, workers: Workers
  ) {
    precondition(!recipe.needsImages || images != nil, "the recipe needs images")
    self.network = network
    self.recipe = recipe
    self.images = images
    self.storage = storage
    self.workers = workers
  }

  /// Returns the quantized network and a report per reconstructed unit.
  ///
  /// Throws if images cannot be read, and what `save` throws.
  /// - Parameters:
  ///   - resuming: The units that an earlier run of the same job finished.
  ///   - save: Keeps the state after every unit.
  package func callAsFunction(
    plan: BitPlan, resuming: ReconstructionState = ReconstructionState(),
    save: (ReconstructionState) throws -> Void = { _ in },
    progress: (QuantizationEvent) throws -> Void = { _ in }
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    let nearest = QuantizedNetwork.quantizing(
      network, plan: plan, quantizer: recipe.weights, workers: workers)
    guard recipe.needsImages(for: plan) else { return (nearest, []) }
    guard let images else { preconditionFailure("the plan needs images") }
    let job = NetworkReconstruction(
      of: network, recipe: recipe.settled.reconstruction, seed: recipe.seed, workers: workers)
    var state = resuming
    func keep(_ finished: ReconstructionState) throws {
      state = finished
      try save(state)
    }
    var (quantized, reports) = try recipe.method.round(
      job, from: nearest,
      inputs: {
        let caches = try firstOutputs(
          of: [network, nearest.network],
          spare: recipe.reconstruction.loss == .fisher ? 1 : 0, images, progress)
        return UnitInputs(
          fullPrecision: caches[0], quantized: caches[1], importance: caches.dropFirst(2).first)
      }, resuming: resuming, save: keep
    ) { try progress(.reconstruction($0)) }
    guard let calibration = calibration(for: plan) else { return (quantized, reports) }

    quantized = try calibratingActivations(
      of: quantized, by: calibration, images: images, progress: progress)
    guard recipe.method.learns else { return (quantized, reports) }
    // Read again rather than kept beside the weight stage's caches.
    let caches = try firstOutputs(of: [network], spare: 1, images, progress)
    let learned = try job.activations(
      of: quantized, inputs: caches[0], spare: caches[1], resuming: state, save: keep
    ) { try progress(.reconstruction($0)) }
    return (learned.network, reports + learned.reports)
  }

  /// Returns the first unit's outputs of each of `networks` for all images, and `spare` empty caches as large.
  private func firstOutputs(
    of networks: [Graph], spare: Int, _ images: CalibrationSet,
    _ progress: (QuantizationEvent) throws -> Void
  ) throws -> [ActivationCache] {
    returnFreedMemory()
    let (caches, skipped) = try images.firstOutputs(
      of: networks, spare: spare, storage: storage, workers: workers
    ) { try progress(.readingImages(done: $0, of: images.images.items.count)) }
    if !skipped.isEmpty { try progress(.skipped(skipped)) }
    returnFreedMemory()
    return caches
  }

  /// At the plan's own widths of activations, or at the recipe's one; none where they stay as they are.
  private func calibration(for plan: BitPlan) -> ActivationCalibration? {
    if !plan.activations.isEmpty {
      return ActivationCalibration(
        bitWidths: plan.activationBitWidths, method: recipe.activationRange)
    }
    return recipe.activationBits.map {
      ActivationCalibration(bitWidth: $0, method: recipe.activationRange)
    }
  }

  private func calibratingActivations(
    of quantized: QuantizedNetwork, by calibration: ActivationCalibration, images: CalibrationSet,
    progress: (QuantizationEvent) throws -> Void
  ) throws -> QuantizedNetwork {
    try progress(.findingActivationRanges)
    let (batch, skipped) = try images.tensor(first: recipe.rangeImages, workers: workers)
    if !recipe.method.needsImages, !skipped.isEmpty { try progress(.skipped(skipped)) }
    var calibrated = quantized
    calibrated.activationGrids = calibration.grids(
      for: quantized.network, images: batch, workers: workers)
    return calibrated
  }
}
