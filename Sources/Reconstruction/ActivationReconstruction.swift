internal import CKernels
package import Execution
package import Graphs
package import Quantization
internal import Tensors

/// Learns the step sizes of a unit's activation grids: BRECQ's activation stage.
///
/// The method is that of Esser et al., "Learned Step Size Quantization", ICLR 2020. The weights are
/// rounded and fixed. As in the reference, inputs and targets are those of full precision, and zero
/// points do not change.
///
/// - Parameters:
///   - unit: The unit with rounded weights.
///   - start: The calibrated grids of the unit's sites.
///   - progress: Called after every step; the function throws its errors.
/// - Returns: The learned grids if they have a lower error than `start`, otherwise `start`.
package func reconstructActivations(
  of unit: Graph, from start: [Site: UniformAffine], data: ReconstructionData,
  recipe: ReconstructionRecipe, generator: inout SplitMix64, context: Context,
  progress: (_ step: Int) throws -> Void = { _ in }
) throws -> (grids: [Site: UniformAffine], report: UnitReport) {
  let sites = unit.sites
  var grids = start
  var scales = sites.compactMap { grids[$0]?.scale }
  precondition(scales.count == sites.count, "no grid for a site of \(unit.unitName)")
  var optimizer = Adam(count: scales.count)
  let images = data.inputs.rowCount
  for step in 1...max(recipe.activationSteps, 1) where recipe.activationSteps > 0 {
    let batch = generator.sample(min(recipe.batch, images), of: images)
    let gradient = scaleGradients(
      of: unit, grids: grids, data: data, batch: batch, exponent: recipe.activationExponent,
      context: context)
    // A step with a gradient that overflows Float is skipped.
    if gradient.allSatisfy(\.isFinite) {
      optimizer.update(
        &scales, gradient: gradient,
        rate: cosineRate(recipe.activationRate, step: step, of: recipe.activationSteps))
      for (index, site) in sites.enumerated() {
        scales[index] = max(scales[index], UniformAffine.smallestScale)
        if let grid = grids[site] {
          grids[site] = UniformAffine(
            scale: scales[index], zeroPoint: grid.zeroPoint, bitWidth: grid.bitWidth)
        }
      }
    }
    try progress(step)
  }
  return keepingTheBetter(
    of: start, grids, unit: unit, data: data, exponent: recipe.activationExponent,
    context: context)
}

/// Returns the gradients of the loss on `batch` with respect to the scales of the unit's sites.
///
/// Ranks share the chunks of the batch, and the chunks' gradients are added in order.
func scaleGradients(
  of unit: Graph, grids: [Site: UniformAffine], data: ReconstructionData,
  batch: [Int], exponent: Float, context: Context
) -> [Float] {
  let positions = data.positions(images: batch.count)
  let chunks = batch.chunks(of: imagesPerChunk)
  let sites = unit.sites
  let parts = context.mapOverRanks(chunks.count) { chunk in
    let part = data.gathering(rows: chunks[chunk])
    let trace = unit.trace(part.inputs, activations: quantizing(grids))
    let loss = ReconstructionLoss.power(exponent).measure(
      output: trace.output, target: part.targets, positions: positions)
    var slopes: [Site: Double] = [:]
    // Sites before the unit's first layer have gradients only if the input's gradient is computed.
    _ = unit.backward(
      trace, outputGradient: loss.gradient, wantsInputGradient: unit.hasSiteBeforeLayers,
      activations: { site, input, gradient in
        guard let grid = grids[site] else { return gradient }
        let (inputGradient, scaleGradient) = grid.gradients(input: input, gradient: gradient)
        slopes[site] = scaleGradient
        return inputGradient
      })
    return sites.map { slopes[$0] ?? 0 }
  }
  return sites.indices.map { site in Float(parts.reduce(0) { $0 + $1[site] }) }
}

private func quantizing(_ grids: [Site: UniformAffine]) -> ActivationMap {
  { site, activations in grids[site]?.fakeQuantized(activations) ?? activations }
}

private func keepingTheBetter(
  of start: [Site: UniformAffine], _ learned: [Site: UniformAffine],
  unit: Graph, data: ReconstructionData, exponent: Float, context: Context
) -> (grids: [Site: UniformAffine], report: UnitReport) {
  let images = min(judgedImages, data.inputs.rowCount)
  func error(_ grids: [Site: UniformAffine]) -> Double {
    data.loss(.power(exponent), images: images) {
      unit.outputs($0, activations: quantizing(grids), context: context)
    }
  }
  let (before, after) = (error(start), error(learned))
  let isImproved = after < before
  let report = UnitReport(
    unit: unit.unitName, errorBefore: before, errorAfter: min(before, after), isImproved: isImproved
  )
  return (isImproved ? learned : start, report)
}

extension Graph {
  /// True if a site comes before every layer, as in a pre-activation block.
  fileprivate var hasSiteBeforeLayers: Bool {
    guard let site = siteNodes.first else { return false }
    return layers.first.map { site < $0.node } ?? true
  }
}

extension UniformAffine {
  /// Returns the gradients of Σ gradient · fakeQuantized(input) with respect to input and scale.
  ///
  /// It treats rounding as the identity (the straight-through estimator, Docs/Algorithms/BRECQ.md).
  func gradients(input: Tensor, gradient: Tensor) -> (input: Tensor, scale: Double) {
    var scaleGradient = 0.0
    let inputGradient = Tensor(shape: input.shape) { buffer in
      scaleGradient = ck_fake_quantize_gradient(
        input.scalars.count, input.scalars, scale, Int32(zeroPoint), Int32(bitWidth.levels),
        gradient.scalars, buffer.baseAddress)
    }
    return (inputGradient, scaleGradient)
  }
}
