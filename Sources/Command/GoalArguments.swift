import ArgumentParser
import MixQuantKit
import Quantization
import Studies

/// The options of a plan's limit.
struct GoalArguments: ParsableArguments {
  @Option(
    help: "Allow each layer this multiple of its error at 8 bits; 2 if no other limit is given.")
  var errorMultiplier: Double?

  @Option(help: "The mean bits per weight over the layers that the plan may change, 2 to 8.")
  var targetBits: Double?

  @Option(
    name: [.customLong("max-bytes"), .customLong("target-size")],
    help: "The largest number of bytes of codes, scales, zero points and biases.")
  var maxBytes: Int?

  @Option(
    help: ArgumentHelp(
      "The most bit-operations per image: weight bits times activation bits times multiply-adds.",
      discussion: """
        Activations count 32 bits. With --activation-bits they count that many, and the image and the \
        first layer's output 8. With --activation-candidates they are planned within the same budget.
        """))
  var maxBitOperations: Int?

  var isBudget: Bool { targetBits != nil || maxBytes != nil || maxBitOperations != nil }

  func validate() throws {
    let given = [
      errorMultiplier != nil, targetBits != nil, maxBytes != nil, maxBitOperations != nil,
    ]
    guard given.count(where: { $0 }) <= 1 else {
      throw ValidationError(
        "Give one of --error-multiplier, --target-bits, --max-bytes (--target-size) and "
          + "--max-bit-operations.")
    }
    if let errorMultiplier, !(errorMultiplier >= 1 && errorMultiplier.isFinite) {
      throw ValidationError("--error-multiplier \(errorMultiplier) is not at least 1.")
    }
    if let targetBits, !(2...8).contains(targetBits) {
      throw ValidationError("--target-bits \(targetBits) is not between 2 and 8.")
    }
    if let maxBytes, maxBytes < 1 {
      throw ValidationError("--max-bytes \(maxBytes) is not positive.")
    }
    if let maxBitOperations, maxBitOperations < 1 {
      throw ValidationError("--max-bit-operations \(maxBitOperations) is not positive.")
    }
  }

  /// Returns the limit that the flags give.
  ///
  /// - Parameter bitOperations: Returns the budget of a number of operations.
  func goal(bitOperations: (Int) throws -> BitBudget) rethrows -> PlanGoal {
    if let targetBits { return .budget(.averageBits(targetBits)) }
    if let maxBytes { return .budget(.payloadBytes(maxBytes)) }
    if let maxBitOperations {
      return .budget(try bitOperations(maxBitOperations))
    }
    return .multiplier(errorMultiplier ?? 2)
  }
}
