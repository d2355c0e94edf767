import ArgumentParser
import Graphs
import MixQuantKit
import Quantization
import Studies

/// The options of plans with widths of activations.
struct ActivationPlanArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Plan activations too, with these widths, separated by commas, such as 4,6,8.",
      discussion: """
        Needs --target-activation-bits or, with `mixq plan`, --max-bit-operations, which weights and \
        activations then share. The first layer's output has 8 bits unless it is pinned.
        """))
  var activationCandidates: BitWidthList?

  @Option(help: "The mean bits per activation over the sites that the plan may change, 2 to 8.")
  var targetActivationBits: Double?

  @Option(
    name: .customLong("pin-activation"),
    help:
      "Fix the width of activations at matching sites, such as 'layer1.*=8'; may be repeated.")
  var pins: [LayerPin] = []

  /// True if any of these flags is given.
  var areGiven: Bool {
    activationCandidates != nil || targetActivationBits != nil || !pins.isEmpty
  }

  func validate() throws {
    if let targetActivationBits, !(2...8).contains(targetActivationBits) {
      throw ValidationError(
        "--target-activation-bits \(targetActivationBits) is not between 2 and 8.")
    }
  }

  private var candidates: [BitWidth] { activationCandidates?.widths ?? BitWidth.all }

  /// Throws if these flags and one width for all activations are both given.
  func requireAlone(activationBits bitWidth: BitWidth?) throws {
    guard !areGiven || bitWidth == nil else {
      throw ValidationError(
        "--activation-bits is one width for all activations: leave it out if they are planned.")
    }
  }

  /// Throws unless these flags and those of `goal` give exactly one budget for activations.
  func requireBudget(_ goal: GoalArguments) throws {
    guard areGiven else { return }
    guard targetActivationBits == nil || goal.maxBitOperations == nil else {
      throw ValidationError(
        "--max-bit-operations is shared by weights and activations: leave out "
          + "--target-activation-bits.")
    }
    guard targetActivationBits != nil || goal.maxBitOperations != nil else {
      throw ValidationError(
        "Activations need a budget: give --target-activation-bits or --max-bit-operations.")
    }
    guard goal.isBudget else {
      throw ValidationError(
        "--target-activation-bits needs --target-bits or --max-bytes for the weights.")
    }
  }

  /// The choices for activations in an experiment; nil if they are not planned.
  var design: ActivationDesign? {
    targetActivationBits.map {
      ActivationDesign(
        averageBits: $0, candidates: candidates, pins: pins)
    }
  }

  /// Returns the choices for the activations of `network`, or nil if they are not planned.
  ///
  /// - Parameter inputSize: Returns the height and width of images in pixels.
  /// - Throws: `usage` if a pin fits no site; also the errors of `inputSize`.
  func choices(
    for network: Graph, rules: BitRules, inputSize: () throws -> (height: Int, width: Int)
  ) throws -> ActivationChoices? {
    guard areGiven else { return nil }
    return try rules.activationChoices(
      for: network, inputSize: try inputSize(), pins: pins, candidates: candidates)
  }
}
