import Allocation
import MixQuant
import Quantization
import TestSupport
import Testing

@Suite struct GreedyTests {
  /// The noise of three layers of equal size: the second is least sensitive and the third most.
  let errors = errorTable(
    rows: [
      (weights: 100, errors: [9, 7, 5, 0.5, 0.4, 0.3, 0.1]),
      (weights: 100, errors: [0.35, 0.28, 0.25, 0.20, 0.15, 0.10, 0.05]),
      (weights: 100, errors: [50, 40, 30, 20, 10, 6, 4]),
    ], quantity: .outputNoise)

  @Test("Layers are lowered in the order of their noise until the budget holds")
  func order() throws {
    // The plan of 24 bits must shrink to 19. The second layer is lowered to 3 bits, with an error of 0.28,
    // before the first layer would be lowered to 7 bits with an error of 0.3.
    #expect(try errors.task(.averageBits(19.0 / 3)).greedy(errors).bitWidths == [8, 3, 8])
    #expect(try errors.task(.averageBits(6)).greedy(errors).bitWidths == [7, 3, 8])
    #expect(try errors.task(.averageBits(5)).greedy(errors).bitWidths == [5, 2, 8])
    #expect(try errors.task(.averageBits(2)).greedy(errors).bitWidths == [2, 2, 2])
  }

  @Test("Lowerings that the last one made unnecessary are undone")
  func givingBack() throws {
    let errors = errorTable(
      rows: [
        (weights: 100, errors: [1, 1, 1, 1, 1, 1, 1]),
        (weights: 900, errors: [2, 2, 2, 2, 2, 2, 2]),
      ], quantity: .outputNoise)
    // The budget asks for 700 bits less. The first layer at 2 bits saves 600, so the second is lowered to
    // 7 bits, which saves 900. That alone is enough, so the first layer gets its 8 bits back.
    let plan = try errors.task(.averageBits(7.3)).greedy(errors)
    #expect(plan.bitWidths == [8, 7])
  }
}
