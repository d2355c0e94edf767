import Files
import MixQuantKit
import TestSupport
import Testing

@Suite("Chance level")
struct ChanceLevelTests {
  @Test(
    "Full precision at chance, or below it, is refused with the numbers", arguments: [0, 8, 14])
  func atChance(correct: Int) throws {
    let accuracy = Accuracy(images: 100, correct1: correct, correct5: 50)
    let error = try #require(
      inputError { try requireBetterThanChance(accuracy, classCount: 10, at: "photographs") })
    #expect(error.kind == .badData && error.place == "photographs")
    #expect(error.reason.contains("\(correct).00 %") && error.reason.contains("10 classes"))
    #expect(error.remedy.contains("order") && error.remedy.contains("normalised"))
  }

  @Test("A quantized network at chance is refused too, with its bits as another cause")
  func quantized() throws {
    let accuracy = Accuracy(images: 100, correct1: 10, correct5: 50)
    let error = inputError {
      try requireBetterThanChance(accuracy, classCount: 10, isQuantized: true, at: "photographs")
    }
    #expect(error?.what == "the quantized network is no better than chance")
    #expect(error?.remedy.contains("too few bits") == true)
  }

  @Test("An interval above 1/classes passes")
  func aboveChance() throws {
    let accuracy = Accuracy(images: 100, correct1: 25, correct5: 50)
    try requireBetterThanChance(accuracy, classCount: 10, at: "photographs")
  }

  @Test("A network of one class cannot beat chance and need not")
  func oneClass() throws {
    let accuracy = Accuracy(images: 3, correct1: 3, correct5: 3)
    try requireBetterThanChance(accuracy, classCount: 1, at: "photographs")
  }
}
