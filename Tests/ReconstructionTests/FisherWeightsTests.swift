import Execution
import Foundation
import Networks
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Weights from the Fisher information")
struct FisherWeightsTests {
  private let network = tinyResNet(seed: 11).foldingBatchNorm()
  private let images = 10

  @Test("They are never negative and have mean 1", arguments: 0...2)
  func mean(block: Int) {
    let (quantized, fullPrecision) = features(after: block)
    let weights = fisherWeights(
      of: network, after: block, quantized: quantized, fullPrecision: fullPrecision, workers: .one)
    #expect(weights.shape == quantized.shape)
    #expect(weights.scalars.allSatisfy { $0 >= 0 && $0.isFinite })
    let mean = weights.doubles.reduce(0, +) / Double(weights.scalars.count)
    #expect(abs(mean - 1) < 1e-5)
  }

  @Test("They are in proportion to the squared gradient of the divergence", arguments: 0...2)
  func proportion(block: Int) {
    let (quantized, fullPrecision) = features(after: block)
    let weights = fisherWeights(
      of: network, after: block, quantized: quantized, fullPrecision: fullPrecision,
      workers: Workers(2))
    let tail = ReferenceTail(network, from: block + 1)
    var (found, expected): ([Float], [Double]) = ([], [])
    for image in [0, 4, 9] {
      let row = quantized[rows: image..<image + 1]
      let target = fullPrecision[rows: image..<image + 1]
      let coordinates = Array(stride(from: 0, to: row.scalars.count, by: 29))
      let reference = tail.logits(target.doubles, shape: row.shape)
      let gradient = centralDifferences(
        of: { divergence(reference, tail.logits($0, shape: row.shape)) }, at: row.doubles,
        coordinates: coordinates)
      found += coordinates.map { weights[rows: image..<image + 1].scalars[$0] }
      expected += gradient.map { $0 * $0 }
    }
    let factor = Double(found.max() ?? 0) / (expected.max() ?? 1)
    #expect(relativeError(found, expected.map { $0 * factor }) < 1e-4)
  }

  @Test("Where quantization changes nothing, all weigh alike")
  func zeroGradient() {
    let (_, fullPrecision) = features(after: 1)
    let weights = fisherWeights(
      of: network, after: 1, quantized: fullPrecision, fullPrecision: fullPrecision, workers: .one)
    #expect(weights.shape == fullPrecision.shape)
    #expect(weights.scalars.allSatisfy { $0 == 1 })
  }

  @Test("They do not depend on the workers")
  func workers() {
    let (quantized, fullPrecision) = features(after: 0)
    let weights = [1, 2, 3].map { count in
      fisherWeights(
        of: network, after: 0, quantized: quantized, fullPrecision: fullPrecision,
        workers: Workers(count))
    }
    #expect(weights[1] == weights[0] && weights[2] == weights[0])
  }

  private func fisherWeights(
    of network: ResNet, after block: Int, quantized: Tensor, fullPrecision: Tensor,
    workers: Workers
  ) -> Tensor {
    let weights = ActivationCache(fullPrecision)
    findFisherWeights(
      weights, of: network, after: block, quantized: { quantized[rows: $0] },
      fullPrecision: ActivationCache(fullPrecision), workers: workers)
    return weights[rows: 0..<weights.rowCount]
  }

  /// The output of block number `block` for random images, disturbed and as it is.
  private func features(after block: Int) -> (quantized: Tensor, fullPrecision: Tensor) {
    var hidden = network.stem(randomTensor([images, 3, 8, 8], seed: 12))
    for block in network.blocks[...block] { hidden = block(hidden) }
    var disturbed = hidden
    let noise = randomTensor(hidden.shape, seed: 13).scalars
    for index in noise.indices { disturbed.scalars[index] += 0.3 * noise[index] }
    disturbed.relu()
    return (disturbed, hidden)
  }

  /// KL(p ‖ q) of two rows of logits, in Double.
  private func divergence(_ reference: [Double], _ logits: [Double]) -> Double {
    let normalised = [reference, logits].map { logits in
      let total = log(logits.reduce(0) { $0 + exp($1) })
      return logits.map { $0 - total }
    }
    return zip(normalised[0], normalised[1]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
  }
}
