import Reconstruction
import MixQuantKit
import Quantization
import Testing

@testable import Studies

/// Experiments made of numbers, without networks.
enum ExperimentSketch {
  static func score(_ divergences: [Double], answers: [Int], labels: [Int]) -> CellScore {
    CellScore(
      plan: BitPlan(model: "tiny", rule: "", layers: [], bitWidths: []), bytes: 100,
      averageFreeBits: 2.5, seconds: 1, divergences: divergences, answers: answers,
      isCorrect: zip(answers, labels).map { $0 == $1 }, units: [])
  }

  /// An experiment by BRECQ whose divergences on every image are those `kl` gives; all answers right.
  static func result(
    model: String = "tiny", contestants: [String], targets: [Double], seeds: [UInt64] = [0, 1],
    images: Int = 60, activationBits: BitWidth? = nil, targetActivationBits: Double? = nil,
    kl: (ExperimentCell, _ image: Int) -> Double
  ) -> ExperimentResult {
    let labels = (0..<images).map { $0 % 10 }
    let design = ExperimentDesign(
      allocators: contestants, randomFills: 2, methods: [.brecq], targetBits: targets,
      seeds: seeds, recipe: QuantizationRecipe(activationBits: activationBits),
      activations: targetActivationBits.map { ActivationDesign(averageBits: $0) })
    var result = ExperimentResult(
      ExperimentRecord(
        model: model, architecture: "tiny", network: model, evaluation: "", design: design,
        budgets: targets.map { Int(100 * $0) }, images: labels.indices.map { "image\($0)" },
        labels: labels, fullPrecision: .init(answers: labels, bytes: 1000),
        audit: ImageAudit(
          evaluationImages: images, calibrationImages: 20, inCalibration: 0,
          namedAsImageNetTraining: nil)))
    for cell in design.cells {
      let divergences = labels.indices.map { kl(cell, $0) }
      result.add(
        score(divergences, answers: labels, labels: labels), of: cell, key: cell.description)
    }
    return result
  }
}

@Suite("Contrasts")
struct ContrastTests {
  private let labels = [0, 1, 2, 3]

  private func scores(
    _ name: String, _ divergences: [[Double]], answers: [[Int]]
  ) -> ContestantScores {
    ContestantScores(
      contestant: name, seeds: divergences.indices.map(UInt64.init),
      scores: zip(divergences, answers).map {
        ExperimentSketch.score($0, answers: $1, labels: labels)
      }, fullPrecision: [0, 1, 2, 0])
  }

  @Test("Seeds are averaged image by image, before anything else")
  func averaging() {
    let own = scores(
      "a", [[1, 2, 3, 4], [3, 2, 1, 0]], answers: [[0, 1, 2, 3], [0, 0, 0, 0]])
    #expect(own.divergences == [2, 2, 2, 2] && own.kl == 2)
    #expect(own.correctness == [1, 0.5, 0.5, 0.5] && own.top1 == 62.5)
    #expect(own.majority == [true, false, false, false])
    // Full precision answers 0, 1, 2, 0: one flip at the first seed, two at the second.
    #expect(own.flips == 1.5)
  }

  @Test("Differences are paired by image: a constant shift is certain, whatever the images' spread")
  func pairing() {
    let spread = (0..<60).map { Double($0 * $0) }
    let shifted = PairedDifference(spread, spread.map { $0 + 0.5 })
    #expect(abs(shifted.difference + 0.5) < 1e-12)
    #expect(abs(shifted.interval.low + 0.5) < 1e-12 && abs(shifted.interval.high + 0.5) < 1e-12)
    let unpaired = PairedDifference(spread, spread.reversed())
    #expect(unpaired.difference == 0 && unpaired.interval.low < -100 && unpaired.pValue > 0.5)
  }

  @Test("Differences are first minus second, in nats and percentage points; McNemar's p is by seed")
  func directions() {
    let first = scores(
      "a", [[1, 1, 1, 1], [1, 1, 1, 1]], answers: [[0, 1, 2, 3], [0, 1, 2, 3]])
    let second = scores(
      "b", [[2, 2, 2, 2], [0.5, 0.5, 0.5, 0.5]], answers: [[0, 0, 0, 0], [0, 1, 2, 3]])
    let contrast = Contrast(first, second)
    #expect(contrast.kl.difference == -0.25 && contrast.seedsWithLowerKL == 1)
    #expect(contrast.top1.difference == 37.5)
    #expect(abs(contrast.mcNemar[0] - 0.25) < 1e-12 && contrast.mcNemar[1] == 1)
    // A tie of two seeds is no majority: the second has only image 0 right.
    #expect(abs(contrast.mcNemarOfMajority - 0.25) < 1e-12)
    #expect(contrast.flips == [1, 1.5])
  }

  @Test("The best baseline is the one of lowest mean KL; allocators that look at errors are none")
  func bestBaseline() {
    let answers = [labels, labels]
    let group = [
      ("mixquant", 0.1), ("two-width", 0.5), ("two-width-reverse", 0.4), ("random-1", 0.6),
      ("random-2", 0.3),
    ].map { name, kl in
      scores(name, [[Double]](repeating: [kl, kl, kl, kl], count: 2), answers: answers)
    }
    #expect(group.bestBaseline?.contestant == "random-2")
    #expect(group.randomFills.map(\.contestant) == ["random-1", "random-2"])
    #expect(Array(group.prefix(1)).bestBaseline == nil)
  }
}
