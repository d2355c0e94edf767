import MixQuantKit
import Tensors
import Testing

@Suite("Answers")
struct AnswersTests {
  private func predictions(_ logits: [[Float]], labels: [Int]) -> Predictions {
    Predictions(
      names: labels.indices.map { "image \($0)" }, labels: labels,
      logits: Tensor(shape: [logits.count, logits[0].count], scalars: logits.flatMap(\.self)))
  }

  @Test("The five largest logits are kept, the largest first")
  func best() {
    let logits: [[Float]] = [[1, 7, 3, 9, 5, 8, 2], [9, 8, 7, 6, 5, 4, 3]]
    let answers = Answers(predictions(logits, labels: [3, 6]))
    #expect(answers.best(ofImage: 0).map(\.class) == [3, 5, 1, 4, 2])
    #expect(answers.best(ofImage: 0).map(\.logit) == [9, 8, 7, 5, 3])
    #expect(answers.classes == [3, 0])
    #expect(answers.accuracy == Accuracy(images: 2, correct1: 1, correct5: 1))
  }

  @Test("Equal logits and few classes are ranked as all logits are", arguments: [2, 3, 5, 7])
  func sameAccuracy(classCount: Int) {
    let logits = (0..<20).map { row in (0..<classCount).map { Float((row * 7 + $0 * $0) % 3) } }
    let all = predictions(logits, labels: (0..<20).map { $0 % classCount })
    let answers = Answers(all)
    #expect(answers.rankedCount == min(5, classCount))
    #expect(answers.classes == all.classes)
    #expect(answers.accuracy == all.accuracy)
  }
}
