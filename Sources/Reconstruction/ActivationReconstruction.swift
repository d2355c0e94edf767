internal import CKernels
package import Execution
package import Networks
package import Quantization
internal import Tensors

/// BRECQ's activation stage for one block: learns the step sizes of its activation grids (Esser et al.,
/// "Learned Step Size Quantization", ICLR 2020) with the weights rounded and fixed.
///
/// As in the reference, inputs and targets are the full-precision ones and zero points stay as they are.
/// The grids are left as they were unless the learned ones have a lower error.
package func reconstructActivations(
  of block: ResidualBlock, from start: [ActivationSite: UniformAffine], data: ReconstructionData,
  recipe: ReconstructionRecipe, generator: inout SplitMix64, workers: Workers,
  progress: (_ step: Int) -> Void = { _ in }
) -> (grids: [ActivationSite: UniformAffine], report: UnitReport) {
  let sites = block.activationSites
  var grids = start
  var scales = sites.compactMap { grids[$0]?.scale }
  precondition(scales.count == sites.count, "no grid for a site of \(block.name)")
  var optimizer = Adam(count: scales.count)
  let images = data.inputs.rowCount
  for step in 1...max(recipe.activationSteps, 1) where recipe.activationSteps > 0 {
    defer { progress(step) }
    let batch = generator.sample(min(recipe.batch, images), of: images)
    let gradient = scaleGradients(
      of: block, grids: grids, data: data, batch: batch, exponent: recipe.activationExponent,
      workers: workers)
    // Activations beyond what Float holds teach nothing.
    guard gradient.allSatisfy(\.isFinite) else { continue }
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
  return keepingTheBetter(
    of: start, grids, block: block, data: data, exponent: recipe.activationExponent,
    workers: workers)
}

/// The gradients of the loss on `batch` with respect to the scales of the block's sites, in their order.
func scaleGradients(
  of block: ResidualBlock, grids: [ActivationSite: UniformAffine], data: ReconstructionData,
  batch: [Int], exponent: Float, workers: Workers
) -> [Float] {
  let positions = data.positions(images: batch.count)
  let parts = workers.map(batch.chunks(of: imagesPerChunk)) { rows in
    let part = data.gathering(rows: rows)
    let trace = block.trace(part.inputs, activations: quantizing(grids))
    let loss = ReconstructionLoss.power(exponent).measure(
      output: trace.output, target: part.targets, positions: positions)
    var slopes: [ActivationSite: Double] = [:]
    block.backward(
      trace, outputGradient: loss.gradient,
      activations: { site, input, gradient in
        guard let grid = grids[site] else { return gradient }
        let (inputGradient, scaleGradient) = grid.gradients(input: input, gradient: gradient)
        slopes[site] = scaleGradient
        return inputGradient
      },
      atSum: { _ in }, atLayer: { _, _, _ in })
    return slopes
  }
  return block.activationSites.map { site in
    Float(parts.reduce(0) { $0 + ($1[site] ?? 0) })
  }
}

private func quantizing(_ grids: [ActivationSite: UniformAffine]) -> ActivationMap {
  { site, activations in grids[site]?.fakeQuantized(activations) ?? activations }
}

private func keepingTheBetter(
  of start: [ActivationSite: UniformAffine], _ learned: [ActivationSite: UniformAffine],
  block: ResidualBlock, data: ReconstructionData, exponent: Float, workers: Workers
) -> (grids: [ActivationSite: UniformAffine], report: UnitReport) {
  let images = min(judgedImages, data.inputs.rowCount)
  func error(_ grids: [ActivationSite: UniformAffine]) -> Double {
    data.loss(.power(exponent), images: images) {
      block.outputs($0, activations: quantizing(grids), workers: workers)
    }
  }
  let (before, after) = (error(start), error(learned))
  let isImproved = after < before
  let report = UnitReport(
    unit: block.name, errorBefore: before, errorAfter: min(before, after), isImproved: isImproved)
  return (isImproved ? learned : start, report)
}

extension UniformAffine {
  /// The gradients of Σ gradient · fakeQuantized(input) with respect to the input and to the scale; the
  /// rounding is passed straight through (Docs/BRECQ.md).
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
