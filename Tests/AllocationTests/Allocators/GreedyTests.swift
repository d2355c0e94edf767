import Allocation
import MixQuant
import Quantization
import TestSupport
import Testing

@Suite struct GreedyTests {
  /// Noise of three layers of equal size: the second hardly matters, the third a lot.
  let errors = errorTable(
    rows: [
      (weights: 100, errors: [9, 7, 5, 0.5, 0.4, 0.3, 0.1]),
      (weights: 100, errors: [0.35, 0.28, 0.25, 0.20, 0.15, 0.10, 0.05]),
      (weights: 100, errors: [50, 40, 30, 20, 10, 6, 4]),
    ], quantity: .outputNoise)

  @Test("layers are lowered in the order of their noise until the budget holds")
  func order() throws {
    // The second layer goes to 7, 6, … before the first, at 0.3, goes to 7: 24 bits to hold in 19.
    #expect(try errors.task(.averageBits(19.0 / 3)).greedy(errors).bitWidths == [8, 3, 8])
    #expect(try errors.task(.averageBits(6)).greedy(errors).bitWidths == [7, 3, 8])
    #expect(try errors.task(.averageBits(5)).greedy(errors).bitWidths == [5, 2, 8])
    #expect(try errors.task(.averageBits(2)).greedy(errors).bitWidths == [2, 2, 2])
  }

  @Test("what the last lowering frees in excess goes back to those before it")
  func givingBack() throws {
    let errors = errorTable(
      rows: [
        (weights: 100, errors: [1, 1, 1, 1, 1, 1, 1]),
        (weights: 900, errors: [2, 2, 2, 2, 2, 2, 2]),
      ], quantity: .outputNoise)
    // The first layer at 2 bits saves 600 bits; the budget asks for 700: the second must go to 7 bits,
    // which saves 900, and the first gets 800 of 1500 − 700 back.
    let plan = try errors.task(.averageBits(7.3)).greedy(errors)
    #expect(plan.bitWidths == [8, 7])
  }
}
