import Foundation
import Reconstruction
import Tensors
import TestSupport
import Testing

/// A loss, with the formula for one element in Double.
private struct LossCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let loss: ReconstructionLoss
  var isWeighted = false
  let share: @Sendable (_ difference: Double) -> Double

  static let all = [
    LossCase(testDescription: "squared", loss: .squared) { $0 * $0 },
    LossCase(testDescription: "squared, weighted", loss: .squared, isWeighted: true) { $0 * $0 },
    LossCase(testDescription: "power 2.4", loss: .power(2.4)) { pow(abs($0), 2.4) },
    LossCase(testDescription: "power 2", loss: .power(2)) { $0 * $0 },
  ]
}

@Suite("The loss at a unit's output")
struct ReconstructionLossTests {
  // (N, C, H, W): 3·5·2 positions
  private let shape: Shape = [3, 4, 5, 2]
  private let positions = 30
  private let output = randomTensor([3, 4, 5, 2], seed: 1)
  private let target = randomTensor([3, 4, 5, 2], seed: 2)
  private let importance = Tensor(
    shape: [3, 4, 5, 2], scalars: randomTensor([120], seed: 3).scalars.map { $0 * $0 })

  @Test("Losses are summed over channels and averaged over positions", arguments: LossCase.all)
  fileprivate func value(_ trial: LossCase) {
    let (loss, _) = measure(trial)
    let expected = reference(trial)(output.doubles)
    #expect(abs(loss - expected) < 1e-6 * expected)
  }

  @Test("The gradient agrees with numeric differences", arguments: LossCase.all)
  fileprivate func gradient(_ trial: LossCase) {
    let (_, gradient) = measure(trial)
    #expect(gradient.shape == shape)
    let expected = centralDifferences(
      of: reference(trial), at: output.doubles, coordinates: Array(0..<120))
    #expect(relativeError(gradient.scalars, expected) < 1e-5)
  }

  @Test("Parts of a batch add up to the whole", arguments: LossCase.all)
  fileprivate func parts(_ trial: LossCase) {
    let whole = measure(trial)
    let parts = [measure(trial, rows: 0..<2), measure(trial, rows: 2..<3)]
    #expect(abs(parts[0].loss + parts[1].loss - whole.loss) < 1e-9)
    #expect(Tensor(joining: parts.map(\.gradient)) == whole.gradient)
  }

  @Test("An output equal to its target has no loss and no gradient", arguments: LossCase.all)
  fileprivate func hit(_ trial: LossCase) {
    let (loss, gradient) = trial.loss.measure(
      output: target, target: target, importance: trial.isWeighted ? importance : nil,
      positions: positions)
    #expect(loss == 0)
    #expect(gradient.scalars.allSatisfy { $0 == 0 })
  }

  private func measure(
    _ trial: LossCase, rows: Range<Int> = 0..<3
  ) -> (loss: Double, gradient: Tensor) {
    trial.loss.measure(
      output: output[rows: rows], target: target[rows: rows],
      importance: trial.isWeighted ? importance[rows: rows] : nil, positions: positions)
  }

  private func reference(_ trial: LossCase) -> ([Double]) -> Double {
    let targets = target.doubles
    let weights = trial.isWeighted ? importance.doubles : targets.map { _ in 1 }
    return { output in
      output.indices.reduce(0) {
        $0 + weights[$1] * trial.share(output[$1] - targets[$1])
      } / 30
    }
  }
}
