package import Datasets
package import Execution
package import Graphs
package import Quantization
package import Reconstruction
import Tensors

/// A progress report of a quantization.
package enum QuantizationEvent: Sendable {
  case readingImages(done: Int, of: Int)
  /// Calibration images that cannot be read are skipped.
  case skipped([SkippedImage])
  case findingActivationRanges
  /// The weights of this many units are taken from an earlier run.
  case resuming(units: Int)
  case reconstruction(ReconstructionEvent)
}

/// The quantization of one network with one recipe on one set of images.
///
/// Only the plan differs between calls, so that plans are compared on equal terms.
package struct Quantizer: Sendable {
  /// The folded network in full precision.
  let network: Graph
  package let recipe: QuantizationRecipe
  let images: CalibrationSet?
  let context: Context

  /// Creates a quantizer.
  ///
  /// - Parameter images: The calibration images; nil is allowed only if neither the recipe nor any
  ///   plan needs them.
  package init(
    _ network: Graph, recipe: QuantizationRecipe, images: CalibrationSet?,
    context: Context
  ) {
    precondition(!recipe.needsImages || images != nil, "the recipe needs images")
    self.network = network
    self.recipe = recipe
    self.images = images
    self.context = context
  }

  /// Returns the quantized network and one report per reconstructed unit.
  ///
  /// - Parameters:
  ///   - resuming: The units that an earlier run of the same job finished.
  ///   - save: Saves the state after every unit.
  /// - Throws: An error if an image cannot be read; also the errors of `save` and `progress`.
  package func callAsFunction(
    plan: BitPlan, resuming: ReconstructionState = ReconstructionState(),
    save: (ReconstructionState) throws -> Void = { _ in },
    progress: (QuantizationEvent) throws -> Void = { _ in }
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    let nearest = QuantizedNetwork.quantizing(
      network, plan: plan, quantizer: recipe.weights, context: context)
    guard recipe.needsImages(for: plan) else { return (nearest, []) }
    guard let images else { preconditionFailure("the plan needs images") }
    let job = NetworkReconstruction(
      of: network, recipe: recipe.settled.reconstruction, seed: recipe.seed, context: context)
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
    // Reading the images again needs less memory than keeping these caches during the weight stage.
    let caches = try firstOutputs(of: [network], spare: 1, images, progress)
    let learned = try job.activations(
      of: quantized, inputs: caches[0], spare: caches[1], resuming: state, save: keep
    ) { try progress(.reconstruction($0)) }
    return (learned.network, reports + learned.reports)
  }

  /// Returns the first unit's outputs of each of `networks`, and `spare` empty caches.
  private func firstOutputs(
    of networks: [Graph], spare: Int, _ images: CalibrationSet,
    _ progress: (QuantizationEvent) throws -> Void
  ) throws -> [ActivationCache] {
    returnFreedMemory()
    let (caches, skipped) = try images.firstOutputs(
      of: networks, spare: spare, context: context
    ) { try progress(.readingImages(done: $0, of: images.images.items.count)) }
    if !skipped.isEmpty { try progress(.skipped(skipped)) }
    returnFreedMemory()
    return caches
  }

  /// Returns the calibration with the plan's or the recipe's widths of activations.
  ///
  /// It is nil if activations are not quantized.
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
    let (batch, skipped) = try images.tensor(first: recipe.rangeImages, context: context)
    if !recipe.method.needsImages, !skipped.isEmpty { try progress(.skipped(skipped)) }
    var calibrated = quantized
    calibrated.activationGrids = calibration.grids(
      for: quantized.network, images: batch, context: context)
    return calibrated
  }
}
