import Allocation
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Sketches of the softmax's Fisher information")
struct FisherSketchTests {
  @Test("Sketches have the mean square of the gradients of −log p(y)")
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

  @Test("An image's sketch does not depend on its batch")
  func independence() {
    let first = 5
    let logits = randomTensor([9, 10], seed: 8)
    let sketch = FisherSketch(seed: 9)
    let all = sketch.gradient(ofLogits: logits, firstImage: 0, sample: 1)
    let part = sketch.gradient(ofLogits: logits[rows: first..<9], firstImage: first, sample: 1)
    #expect(all[rows: first..<9] == part)
  }
}
