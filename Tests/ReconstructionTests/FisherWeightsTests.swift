import Execution
import Foundation
import Graphs
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Weights from the Fisher information")
struct FisherWeightsTests {
  private let network = tinyResNet(seed: 11).foldingBatchNorm()
  private let images = 10

  @Test("Weights are never negative and have mean 1", arguments: 1...3)
  func mean(unit: Int) {
    let (quantized, fullPrecision) = features(after: unit)
    let weights = fisherWeights(
      of: network, after: unit, quantized: quantized, fullPrecision: fullPrecision, context: .serial
    )
    #expect(weights.shape == quantized.shape)
    #expect(weights.scalars.allSatisfy { $0 >= 0 && $0.isFinite })
    let mean = weights.doubles.reduce(0, +) / Double(weights.scalars.count)
    #expect(abs(mean - 1) < 1e-5)
  }

  @Test("Weights are proportional to the squared gradient of the divergence", arguments: 1...3)
  func proportion(unit: Int) {
    let (quantized, fullPrecision) = features(after: unit)
    let weights = fisherWeights(
      of: network, after: unit, quantized: quantized, fullPrecision: fullPrecision,
      context: Context(threads: 2))
    let rest = ReferenceGraph(
      network[units: unit + 1..<network.units.count],
      inputShape: Shape([1] + quantized.imageShape.dimensions))
    var (found, expected): ([Float], [Double]) = ([], [])
    for image in [0, 4, 9] {
      let row = quantized[rows: image..<image + 1]
      let target = fullPrecision[rows: image..<image + 1]
      let coordinates = Array(stride(from: 0, to: row.scalars.count, by: 29))
      let reference = rest.output(target.doubles)
      let gradient = centralDifferences(
        of: { divergence(reference, rest.output($0)) }, at: row.doubles,
        coordinates: coordinates)
      found += coordinates.map { weights[rows: image..<image + 1].scalars[$0] }
      expected += gradient.map { $0 * $0 }
    }
    let factor = Double(found.max() ?? 0) / (expected.max() ?? 1)
    #expect(relativeError(found, expected.map { $0 * factor }) < 1e-4)
  }

  @Test("If quantization changes nothing, all weights are 1")
  func zeroGradient() {
    let (_, fullPrecision) = features(after: 2)
    let weights = fisherWeights(
      of: network, after: 2, quantized: fullPrecision, fullPrecision: fullPrecision,
      context: .serial)
    #expect(weights.shape == fullPrecision.shape)
    #expect(weights.scalars.allSatisfy { $0 == 1 })
  }

  @Test("They do not depend on the number of threads")
  func context() {
    let (quantized, fullPrecision) = features(after: 1)
    let weights = [1, 2, 3].map { count in
      fisherWeights(
        of: network, after: 1, quantized: quantized, fullPrecision: fullPrecision,
        context: Context(threads: count))
    }
    #expect(weights[1] == weights[0] && weights[2] == weights[0])
  }

  private func fisherWeights(
    of network: Graph, after unit: Int, quantized: Tensor, fullPrecision: Tensor,
    context: Context
  ) -> Tensor {
    let weights = ActivationCache(fullPrecision)
    findFisherWeights(
      weights, rest: network[units: unit + 1..<network.units.count],
      quantized: { quantized[rows: $0] },
      fullPrecision: ActivationCache(fullPrecision), context: context)
    return weights[rows: 0..<weights.rowCount]
  }

  /// Returns the output of unit number `unit` for random images, with and without noise.
  private func features(after unit: Int) -> (quantized: Tensor, fullPrecision: Tensor) {
    let hidden = network[units: 0..<unit + 1](randomTensor([images, 3, 8, 8], seed: 12))
    var disturbed = hidden
    let noise = randomTensor(hidden.shape, seed: 13).scalars
    for index in noise.indices { disturbed.scalars[index] += 0.3 * noise[index] }
    disturbed.relu()
    return (disturbed, hidden)
  }

  /// Returns KL(p ‖ q) of two rows of logits, in Double.
  private func divergence(_ reference: [Double], _ logits: [Double]) -> Double {
    let normalised = [reference, logits].map { logits in
      let total = log(logits.reduce(0) { $0 + exp($1) })
      return logits.map { $0 - total }
    }
    return zip(normalised[0], normalised[1]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
  }
}
