import Execution
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("The energy of output gradients")
struct OutputGradientEnergyTests {
  private let network = tinyResNet(seed: 5).foldingBatchNorm()
  private let images = randomTensor([12, 3, 8, 8], seed: 6)

  @Test("Sketches of the softmax have the mean square of gradients of −log p(y)")
  func sketch() {
    let logits = Tensor(shape: [2, 4], scalars: [2, -1, 0.5, 0, 9, 1, 0, 0])
    let samples = 20_000
    var squares = [Double](repeating: 0, count: 32)
    for sample in 0..<samples {
      let v = FisherSketch(seed: 7).gradient(ofLogits: logits, firstImage: 3, sample: sample)
      for row in 0..<2 {
        let values = v.doubles[row * 4..<row * 4 + 4]
        #expect(abs(values.reduce(0, +)) < 1e-6)
        for index in 0..<16 {
          squares[row * 16 + index] +=
            values[row * 4 + index / 4] * values[row * 4 + index % 4] / Double(samples)
        }
      }
    }
    for row in 0..<2 {
      let p = Softmax.logProbabilities(logits.scalars[row * 4..<row * 4 + 4]).map(exp)
      let largest = p.map { $0 * (1 - $0) }.max() ?? 0
      for index in 0..<16 {
        let expected = (index / 4 == index % 4 ? p[index / 4] : 0) - p[index / 4] * p[index % 4]
        #expect(abs(squares[row * 16 + index] - expected) < 0.04 * largest)
      }
    }
  }

  @Test("An image's sketch does not depend on the batch it is in")
  func independence() {
    let first = 5
    let logits = randomTensor([9, 10], seed: 8)
    let sketch = FisherSketch(seed: 9)
    let all = sketch.gradient(ofLogits: logits, firstImage: 0, sample: 1)
    let part = sketch.gradient(ofLogits: logits[rows: first..<9], firstImage: first, sample: 1)
    #expect(all[rows: first..<9] == part)
  }

  @Test("It is the mean over the model's own labels, each gone through by itself")
  func exactExpectation() {
    let energies = network.outputGradientEnergies(
      images: images, sketch: FisherSketch(seed: 10), samples: 300)
    let exact = exactEnergies()
    for (layer, (found, expected)) in zip(energies, exact).enumerated() {
      #expect(found.count == network.layers[layer].outputChannels)
      let (sum, exactSum) = (found.reduce(0, +), expected.reduce(0, +))
      #expect(abs(sum / exactSum - 1) < 0.1, "\(network.layers[layer].name)")
      #expect(relativeError(found.map(Float.init), expected) < 0.2)
    }
  }

  @Test("It does not depend on the workers")
  func workers() {
    let results = [1, 2].map {
      network.outputGradientEnergies(
        images: images, sketch: FisherSketch(seed: 11), samples: 2, workers: Workers($0))
    }
    #expect(results[0] == results[1])
  }

  private func exactEnergies() -> [[Double]] {
    var energies = network.layers.map { [Double](repeating: 0, count: $0.outputChannels) }
    for image in 0..<images.rowCount {
      let trace = network.trace(images[rows: image..<image + 1])
      let p = Softmax.logProbabilities(trace.logits.scalars[...]).map(exp)
      for label in p.indices {
        let slope = p.indices.map { Float(p[$0]) - ($0 == label ? 1 : 0) }
        network.forEachLayerGradient(
          trace, logitsGradient: Tensor(shape: [1, p.count], scalars: slope)
        ) { layer, _, gradient in
          let share = p[label] / Double(images.rowCount * gradient.shape[2] * gradient.shape[3])
          for (index, value) in gradient.doubles.enumerated() {
            let channel = index / (gradient.shape[2] * gradient.shape[3])
            energies[layer][channel] += share * value * value
          }
        }
      }
    }
    return energies
  }
}
