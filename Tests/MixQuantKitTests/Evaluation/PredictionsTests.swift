import Foundation
import Graphs
import MixQuantKit
import Tensors
import Testing

@Suite("Predictions")
struct PredictionsTests {
  private func predictions(_ logits: [[Float]], labels: [Int]) -> Predictions {
    Predictions(
      names: labels.indices.map { "image \($0)" }, labels: labels,
      logits: Tensor(shape: [logits.count, logits[0].count], scalars: logits.flatMap { $0 }))
  }

  @Test("Top-1 counts the largest logit, top-5 a label among the five largest")
  func counts() {
    let logits: [[Float]] = [[6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1]]
    let accuracy = predictions(logits, labels: [0, 4, 5]).accuracy
    #expect(accuracy == Accuracy(images: 3, correct1: 1, correct5: 2))
    #expect(abs(accuracy.top1 - 100.0 / 3) < 1e-12 && abs(accuracy.top5 - 200.0 / 3) < 1e-12)
  }

  @Test("Of equal logits the lower class comes first, for top-1 and top-5 alike")
  func ties() {
    let equal = [[Float]](repeating: [Float](repeating: 1, count: 7), count: 7)
    let accuracy = predictions(equal, labels: Array(0..<7)).accuracy
    #expect(accuracy == Accuracy(images: 7, correct1: 1, correct5: 5))
  }

  @Test("With fewer than five classes every label is among the best five")
  func fewClasses() {
    #expect(predictions([[0, 1, 2]], labels: [0]).accuracy.correct5 == 1)
  }

  @Test("Without images the accuracy is 0, without a division by zero")
  func noImages() {
    #expect(Accuracy(images: 0, correct1: 0, correct5: 0).top1 == 0)
  }

  @Test("Divergences are in nats, one per image, and zero for equal answers")
  func divergences() {
    // Softmax of (ln 3, 0) is (3/4, 1/4), of (0, 0) it is (1/2, 1/2).
    let reference = predictions([[Float(log(3.0)), 0], [0, 1]], labels: [0, 1])
    let other = predictions([[0, 0], [0, 1]], labels: [0, 1])
    let values = Softmax.divergences(reference: reference.logits, logits: other.logits)
    #expect(abs(values[0] - (0.75 * log(1.5) + 0.25 * log(0.5))) < 1e-7 && values[1] == 0)
  }
}
