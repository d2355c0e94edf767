import ArgumentParser
import Files
import MixQuantKit
import Quantization
import Studies

/// The options of a plan's limit.
struct GoalArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The mean bits per weight, 2 to 8, over the layers that the plan may change.",
      valueName: "mean-bits"))
  var targetBits: Double?

  @Option(
    name: [.customLong("max-bytes"), .customLong("target-size")],
    help: ArgumentHelp(
      """
      The largest size of codes, scales, zero points and biases, in bytes or with K, M or G, such as \
      4.5M.
      """, valueName: "size"))
  var maxBytes: ByteSize?

  @Option(
    help: ArgumentHelp(
      "Allow each layer this multiple, at least 1, of its error at 8 bits; 2 if there is no other limit.",
      valueName: "factor"))
  var errorMultiplier: Double?

  @Option(
    help: ArgumentHelp(
      """
      The largest number of bit-operations per image (weight bits times activation bits times \
      multiply-adds), plain or with K, M or G for thousands, millions or billions.
      """,
      discussion: """
        Activations count as 32 bits. With --activation-bits they count as that many, and the image and \
        the first layer's output as 8. With --activation-candidates they are planned within the same budget.
        """, valueName: "operations"))
  var maxBitOperations: OperationCount?

  var isBudget: Bool { targetBits != nil || maxBytes != nil || maxBitOperations != nil }

  func validate() throws {
    let given: [(String, Bool)] = [
      ("--error-multiplier", errorMultiplier != nil), ("--target-bits", targetBits != nil),
      ("--max-bytes", maxBytes != nil), ("--max-bit-operations", maxBitOperations != nil),
    ]
    let limits = given.filter(\.1).map(\.0)
    guard limits.count <= 1 else {
      throw InputError.conflict(limits.listed("and"), "a plan has one limit")
    }
    if let errorMultiplier, !(errorMultiplier >= 1 && errorMultiplier.isFinite) {
      throw InputError.outOfRange(
        "--error-multiplier", "\(errorMultiplier)", "a number from 1")
    }
    try require(targetBits, in: 2...8, of: "--target-bits")
    try require(maxBytes?.bytes, in: 1..., of: "--max-bytes")
    try require(maxBitOperations?.operations, in: 1..., of: "--max-bit-operations")
  }

  /// Returns the limit that the flags give.
  ///
  /// - Parameter bitOperations: Returns the budget of a number of operations.
  func goal(bitOperations: (Int) throws -> BitBudget) rethrows -> PlanGoal {
    if let targetBits { return .budget(.averageBits(targetBits)) }
    if let maxBytes { return .budget(.payloadBytes(maxBytes.bytes)) }
    if let maxBitOperations {
      return .budget(try bitOperations(maxBitOperations.operations))
    }
    return .multiplier(errorMultiplier ?? 2)
  }
}
