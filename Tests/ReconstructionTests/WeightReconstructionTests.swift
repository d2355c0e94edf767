import Execution
import Graphs
import Quantization
import Tensors
import TestSupport
import Testing

@testable import Reconstruction

@Suite("The weight stage of one unit")
struct WeightReconstructionTests {
  @Test(
    "Gradients of a block's loss agree with numeric differences",
    arguments: BlockCase.all,
    [false, true])
  func blockGradients(_ trial: BlockCase, hasImportance: Bool) throws {
    let data = blockData(trial.block, images: 11, seed: 1, hasImportance: hasImportance)
    let batch = [7, 2, 10, 0, 1, 5, 3, 9, 8]
    let soft = trial.block.withWeights(nearest(trial.block, bits: 3).map { $0.dequantized() })
    let found = softGradients(of: soft, data: data, batch: batch, context: Context(threads: 2))

    let part = data.gathering(rows: batch)
    let reference = ReferenceGraph(soft, inputShape: part.inputs.shape)
    let weights = soft.layers.map(\.weight.doubles)
    for (layer, gradient) in found.enumerated() {
      #expect(gradient.shape == soft.layers[layer].weight.shape)
      let coordinates = Array(stride(from: 0, to: gradient.scalars.count, by: 41))
      let expected = centralDifferences(
        of: { values in
          var changed = weights
          changed[layer] = values
          return lossReference(reference.output(part.inputs.doubles, weights: changed), part)
        }, at: weights[layer], coordinates: coordinates)
      #expect(relativeError(coordinates.map { gradient.scalars[$0] }, expected) < 1e-5)
    }
  }

  @Test("Gradients of the last layer's loss agree with numeric differences")
  func lastGradients() throws {
    let (last, data) = lastUnitAndData()
    let soft = last.withWeights(nearest(last, bits: 3).map { $0.dequantized() })
    let found = softGradients(of: soft, data: data, batch: [4, 0, 8, 2], context: .serial)
    let part = data.gathering(rows: [4, 0, 8, 2])
    let weights = soft.layers[0].weight
    let reference = ReferenceGraph(soft, inputShape: part.inputs.shape)
    let expected = centralDifferences(
      of: { lossReference(reference.output(part.inputs.doubles, weights: [$0]), part) },
      at: weights.doubles, coordinates: Array(0..<weights.scalars.count))
    #expect(found.count == 1)
    #expect(relativeError(found[0].scalars, expected) < 1e-5)
  }

  @Test("It lowers the error of 2-bit weights by at least a tenth", arguments: 1...3)
  func improves(_ index: Int) throws {
    let network = tinyResNet(seed: 2).foldingBatchNorm()
    let block = network[network.units[index]]
    let channels = block.layers[0].weight.shape[1]
    let data = blockData(block, images: 48, [channels, 6, 6], seed: 2)
    let start = nearest(block, bits: 2)
    let (weights, report) = try reconstruct(block, from: start, data, steps: 200)
    #expect(report.isImproved)
    #expect(report.errorAfter < 0.9 * report.errorBefore)
    #expect(weights.map(\.grids) == start.map(\.grids))
    expectNeighbours(weights, of: block)
  }

  @Test("It never raises the error of a block", arguments: BlockCase.all)
  func neverWorse(_ trial: BlockCase) throws {
    let data = blockData(trial.block, images: 24, seed: 2)
    let start = nearest(trial.block, bits: 2)
    let (weights, report) = try reconstruct(trial.block, from: start, data, steps: 50)
    #expect(report.errorAfter <= report.errorBefore)
    #expect(report.isImproved == (report.errorAfter < report.errorBefore))
    #expect(report.isImproved == (weights != start))
  }

  @Test("It also lowers the last layer's error")
  func improvesLast() throws {
    let (last, data) = lastUnitAndData()
    let (_, report) = try reconstruct(last, from: nearest(last, bits: 2), data, steps: 200)
    #expect(report.unit == "linear")
    #expect(report.errorAfter < 0.8 * report.errorBefore)
  }

  @Test("The reported errors are those of the first 256 images with rounded weights")
  func errors() throws {
    let block = BlockCase.all[1].block
    let data = blockData(block, images: 300, seed: 3, hasImportance: true)
    let start = nearest(block, bits: 2)
    let (weights, report) = try reconstruct(block, from: start, data, steps: 40)

    let judged = data.gathering(rows: Array(0..<256))
    let reference = ReferenceGraph(block, inputShape: judged.inputs.shape)
    for (weights, reported) in [(start, report.errorBefore), (weights, report.errorAfter)] {
      let error = lossReference(
        reference.output(
          judged.inputs.doubles, weights: weights.map { $0.dequantized().doubles }), judged)
      #expect(abs(reported - error) < 1e-5 * error)
    }
  }

  @Test("A rounding without error is kept")
  func keepsTheBetter() throws {
    let block = BlockCase.all[0].block
    let start = nearest(block, bits: 3)
    let inputs = blockData(block, images: 16, seed: 4).all.inputs
    let rounded = block.withWeights(start.map { $0.dequantized() })
    let data = ReconstructionData(
      inputs: inputs, targets: rounded.outputs(inputs, context: .serial))
    let (weights, report) = try reconstruct(block, from: start, data, steps: 20)
    #expect(weights == start)
    #expect(
      report == UnitReport(unit: "layer1.0", errorBefore: 0, errorAfter: 0, isImproved: false))
  }

  @Test("Without steps, the better of both roundings is kept and reported")
  func startAlone() throws {
    let block = BlockCase.all[1].block
    let data = blockData(block, images: 20, seed: 5)
    let (start, better) = (nearest(block, bits: 2), nearest(block, bits: 6))
    var generator = SplitMix64(seed: 0)
    func reconstruct(
      _ nearest: [QuantizedTensor], _ other: [QuantizedTensor]
    ) throws -> (weights: [QuantizedTensor], report: UnitReport) {
      try Reconstruction.reconstructWeights(
        of: block, from: nearest, start: other, data: data, recipe: .gptq,
        generator: &generator, context: .serial
      ) { _ in }
    }
    let (weights, report) = try reconstruct(start, better)
    #expect(weights == better && report.isImproved && report.errorAfter < report.errorBefore)
    let (kept, unimproved) = try reconstruct(better, start)
    #expect(kept == better && !unimproved.isImproved)
    #expect(unimproved.errorBefore == report.errorAfter)
  }

  @Test("Without steps, the rounding does not change")
  func noSteps() throws {
    let block = BlockCase.all[3].block
    let start = nearest(block, bits: 3)
    let data = blockData(block, images: 10, seed: 5)
    let (weights, report) = try reconstruct(block, from: start, data, steps: 0)
    #expect(weights == start)
    #expect(!report.isImproved && report.errorAfter == report.errorBefore)
  }

  @Test("The same seed gives the same bits at any number of threads, and another seed others")
  func determinism() throws {
    let network = tinyResNet(seed: 2).foldingBatchNorm()
    let block = network[network.units[1]]
    let start = nearest(block, bits: 2)
    let data = blockData(block, images: 40, [8, 6, 6], seed: 6)
    let first = try reconstruct(block, from: start, data, steps: 60)
    #expect(first.report.isImproved)
    for count in 1...3 {
      let again = try reconstruct(
        block, from: start, data, steps: 60, context: Context(threads: count))
      #expect(again.weights == first.weights && again.report == first.report)
    }
    let other = try reconstruct(block, from: start, data, steps: 60, seed: 1)
    #expect(other.weights != first.weights)
  }

  @Test("Every step is reported, also with fewer images than a batch")
  func progress() throws {
    let block = BlockCase.all[0].block
    let data = blockData(block, images: 3, seed: 7)
    var generator = SplitMix64(seed: 0)
    var steps: [Int] = []
    _ = try Reconstruction.reconstructWeights(
      of: block, from: nearest(block, bits: 2), data: data, recipe: quickRecipe(weightSteps: 5),
      generator: &generator, context: .serial
    ) { steps.append($0) }
    #expect(steps == [1, 2, 3, 4, 5])
  }

  private func reconstruct(
    _ unit: Graph, from start: [QuantizedTensor], _ data: ReconstructionData,
    steps: Int, seed: UInt64 = 0, context: Context = .serial
  ) throws -> (weights: [QuantizedTensor], report: UnitReport) {
    var generator = SplitMix64(seed: seed)
    return try reconstructWeights(
      of: unit, from: start, data: data, recipe: quickRecipe(weightSteps: steps),
      generator: &generator, context: context
    ) { _ in }
  }

  /// Returns the last unit of a tiny network, and its data for twelve images.
  private func lastUnitAndData() -> (Graph, ReconstructionData) {
    let last = lastUnit(seed: 3)
    var inputs = randomTensor([12, 32, 1, 1], seed: 8)
    inputs.relu()
    return (
      last, ReconstructionData(inputs: inputs, targets: last.outputs(inputs, context: .serial))
    )
  }

  /// Checks that each weight, clipped to its grid, is rounded by less than one scale.
  private func expectNeighbours(_ weights: [QuantizedTensor], of unit: Graph) {
    for (quantized, layer) in zip(weights, unit.layers) {
      let stretch = layer.weight.scalars.count / quantized.grids.count
      let values = zip(layer.weight.scalars, quantized.dequantized().scalars)
      for (index, (weight, rounded)) in values.enumerated() {
        let grid = quantized.grids[index / stretch]
        let inside = min(max(weight, grid.limits.minimum), grid.limits.maximum)
        #expect(abs(rounded - inside) < 1.00001 * grid.scale)
      }
    }
  }
}
