import Execution
import Foundation
import Graphs
import Quantization
import Tensors
import TestSupport
import Testing

@testable import Reconstruction

/// Quantized activations in Double as the straight-through estimator sees them.
///
/// Every rounding residual and every clipping is fixed in the first pass. Later passes are therefore a
/// smooth function of the scales, whose differences can be taken.
private final class FrozenRounding {
  private enum Entry {
    /// x̂ = x + scale · residual.
    case inside(residual: Double)
    /// x̂ = scale · limit.
    case clipped(limit: Double)
  }

  var scales: [Site: Double]
  private let grids: [Site: UniformAffine]
  private var entries: [Site: [Entry]] = [:]
  private var cursors: [Site: Int] = [:]

  init(_ grids: [Site: UniformAffine]) {
    self.grids = grids
    scales = grids.mapValues { Double($0.scale) }
  }

  /// Starts the next pass, which must meet the values in the same order.
  func rewind() { cursors = [:] }

  func callAsFunction(_ site: Site, _ value: Double) -> Double {
    guard let grid = grids[site], let scale = scales[site] else { return value }
    let cursor = cursors[site, default: 0]
    cursors[site] = cursor + 1
    if cursor == entries[site, default: []].count {
      entries[site, default: []].append(entry(value, grid))
    }
    switch entries[site, default: []][cursor] {
    case .inside(let residual): return value + scale * residual
    case .clipped(let limit): return scale * limit
    }
  }

  private func entry(_ value: Double, _ grid: UniformAffine) -> Entry {
    let position = value / Double(grid.scale)
    let rounded = position.rounded(.toNearestOrEven)
    let (low, high) = (-grid.zeroPoint, grid.bitWidth.levels - 1 - grid.zeroPoint)
    if rounded < Double(low) { return .clipped(limit: Double(low)) }
    if rounded > Double(high) { return .clipped(limit: Double(high)) }
    return .inside(residual: rounded - position)
  }
}

@Suite("The activation stage of one block")
struct ActivationReconstructionTests {
  @Test(
    "Gradients agree with the loss with every rounding fixed", arguments: BlockCase.all,
    [2, 4] as [BitWidth])
  func gradients(_ trial: BlockCase, bitWidth: BitWidth) throws {
    let (block, data) = blockAndData(trial, images: 11)
    let grids = grids(of: block, data, bitWidth: bitWidth)
    let batch = [3, 9, 0, 10, 6, 5, 1, 2, 8]
    let found = scaleGradients(
      of: block, grids: grids, data: data, batch: batch, exponent: 2.4, context: Context(threads: 2)
    )

    let part = data.gathering(rows: batch)
    let frozen = FrozenRounding(grids)
    let reference = ReferenceGraph(
      block, inputShape: part.inputs.shape, activation: { frozen($0, $1) })
    let sites = block.sites
    let loss = { (scales: [Double]) in
      frozen.scales = Dictionary(uniqueKeysWithValues: zip(sites, scales))
      frozen.rewind()
      let output = reference.output(
        part.inputs.doubles, weights: block.layers.map(\.weight.doubles))
      return lossReference(output, part) { pow(abs($0), 2.4) }
    }
    let scales = sites.map { Double(grids[$0]?.scale ?? 0) }
    _ = loss(scales)
    let expected = centralDifferences(of: loss, at: scales, coordinates: Array(scales.indices))
    #expect(relativeError(found, expected) < 1e-4)
  }

  @Test("Learning improves bad grids and changes only their scales", arguments: BlockCase.all)
  func improves(_ trial: BlockCase) throws {
    let (block, data) = blockAndData(trial, images: 32)
    let start = grids(of: block, data, bitWidth: 3).mapValues {
      UniformAffine(scale: $0.scale / 2, zeroPoint: $0.zeroPoint, bitWidth: $0.bitWidth)
    }
    var recipe = quickRecipe(activationSteps: 100)
    recipe.activationRate = 1e-2
    let (learned, report) = try reconstruct(block, from: start, data, recipe)
    #expect(report.isImproved && report.errorAfter < 0.7 * report.errorBefore)
    #expect(Set(learned.keys) == Set(block.sites))
    for (site, grid) in learned {
      #expect(grid.scale != start[site]?.scale)
      #expect(grid.zeroPoint == start[site]?.zeroPoint && grid.bitWidth == start[site]?.bitWidth)
    }
  }

  @Test("The reported errors are those of the grids", arguments: BlockCase.all)
  func errors(_ trial: BlockCase) throws {
    let (block, data) = blockAndData(trial, images: 20)
    let start = grids(of: block, data, bitWidth: 2)
    let (learned, report) = try reconstruct(
      block, from: start, data, quickRecipe(activationSteps: 20))
    for (grids, reported) in [(start, report.errorBefore), (learned, report.errorAfter)] {
      let outputs = block(data.all.inputs) { grids[$0]?.fakeQuantized($1) ?? $1 }
      let error = lossReference(outputs.doubles, data.all) { pow(abs($0), 2.4) }
      #expect(abs(reported - error) < 1e-5 * error)
    }
  }

  @Test("With far too large steps, grids are usable and no worse", arguments: [0.1, 1000])
  func hugeRates(rate: Float) throws {
    let (block, data) = blockAndData(BlockCase.all[0], images: 16)
    let start = grids(of: block, data, bitWidth: 4)
    var recipe = quickRecipe(activationSteps: 10)
    recipe.activationRate = rate
    let (learned, report) = try reconstruct(block, from: start, data, recipe)
    #expect(learned.values.allSatisfy { $0.scale > 0 && $0.scale.isFinite })
    #expect(report.errorAfter <= report.errorBefore)
    #expect(report.isImproved || learned == start)
  }

  @Test("Gradients that overflow Float do not change the grids")
  func overflow() throws {
    let plain = BlockCase.all[0].block
    let block = plain.withWeights(
      plain.layers.map { layer in
        Tensor(shape: layer.weight.shape, scalars: layer.weight.scalars.map { $0 * 1e15 })
      })
    let data = blockData(block, images: 9, seed: 1)
    let start = grids(of: block, data, bitWidth: 4)
    let (learned, _) = try reconstruct(block, from: start, data, quickRecipe(activationSteps: 3))
    #expect(learned == start)
  }

  @Test("Without steps, the grids do not change")
  func noSteps() throws {
    let (block, data) = blockAndData(BlockCase.all[1], images: 9)
    let start = grids(of: block, data, bitWidth: 4)
    let (learned, report) = try reconstruct(block, from: start, data, quickRecipe())
    #expect(learned == start && !report.isImproved)
  }

  @Test("The same seed gives the same bits at any number of threads")
  func determinism() throws {
    let (block, data) = blockAndData(BlockCase.all[4], images: 40)
    let start = grids(of: block, data, bitWidth: 3)
    let recipe = quickRecipe(activationSteps: 30)
    let first = try reconstruct(block, from: start, data, recipe)
    for count in 2...3 {
      let again = try reconstruct(
        block, from: start, data, recipe, context: Context(threads: count))
      #expect(again.grids == first.grids && again.report == first.report)
    }
  }

  /// Returns a block with 4-bit weights, and data with the block's full-precision outputs as targets.
  private func blockAndData(
    _ trial: BlockCase, images: Int
  ) -> (Graph, ReconstructionData) {
    let rounded = trial.block.withWeights(nearest(trial.block, bits: 4).map { $0.dequantized() })
    return (rounded, blockData(trial.block, images: images, seed: 1))
  }

  /// Returns grids that clip at four fifths of the largest value at each site.
  private func grids(
    of block: Graph, _ data: ReconstructionData, bitWidth: BitWidth
  ) -> [Site: UniformAffine] {
    let trace = block.trace(data.all.inputs)
    return Dictionary(
      uniqueKeysWithValues: block.siteNodes.map {
        let largest = (trace.rectified($0).scalars.max() ?? 0) * 0.8
        return (
          block.nodes[$0].name,
          UniformAffine.covering(minimum: 0, maximum: largest, bitWidth: bitWidth)
        )
      })
  }

  private func reconstruct(
    _ block: Graph, from start: [Site: UniformAffine],
    _ data: ReconstructionData, _ recipe: ReconstructionRecipe, context: Context = .serial
  ) throws -> (grids: [Site: UniformAffine], report: UnitReport) {
    var generator = SplitMix64(seed: 0)
    return try reconstructActivations(
      of: block, from: start, data: data, recipe: recipe, generator: &generator,
      context: context
    ) { _ in }
  }
}
