import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Softmax and the divergence of logits")
struct SoftmaxTests {
  private let reference = randomTensor([4, 7], seed: 1)
  private let logits = randomTensor([4, 7], seed: 2)

  @Test(
    "Probabilities add up to one and do not depend on a shift of all logits",
    arguments: [0, 1e4, -1e4])
  func probabilities(shift: Float) {
    let row: ArraySlice<Float> = [1 + shift, 2 + shift, 4 + shift]
    let probabilities = Softmax.logProbabilities(row).map { exp($0) }
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
    #expect(abs(probabilities[2] / probabilities[0] - exp(3)) < 1e-9)
  }

  @Test("The divergence is Σ p · log(p / q), and zero for equal logits")
  func divergence() {
    for (row, divergence) in Softmax.divergences(reference: reference, logits: logits).enumerated()
    {
      let p = probabilities(reference.doubles[row * 7..<row * 7 + 7])
      let q = probabilities(logits.doubles[row * 7..<row * 7 + 7])
      let expected = zip(p, q).reduce(0.0) { $0 + $1.0 * log($1.0 / $1.1) }
      #expect(abs(divergence - expected) < 1e-12)
      #expect(divergence > 0)
    }
    #expect(Softmax.divergences(reference: logits, logits: logits) == [0, 0, 0, 0])
  }

  @Test("The gradient agrees with numeric differences")
  func gradient() {
    let gradient = Softmax.divergenceGradient(reference: reference, logits: logits)
    let step: Float = 0x1p-7
    let differences = logits.scalars.indices.map { index in
      let sums = [step, -step].map { step in
        var moved = logits
        moved.scalars[index] += step
        return Softmax.divergences(reference: reference, logits: moved).reduce(0, +)
      }
      return (sums[0] - sums[1]) / Double(2 * step)
    }
    #expect(relativeError(gradient.scalars, differences) < 1e-3)
  }

  private func probabilities(_ logits: ArraySlice<Double>) -> [Double] {
    let total = logits.reduce(0) { $0 + exp($1) }
    return logits.map { exp($0) / total }
  }
}
