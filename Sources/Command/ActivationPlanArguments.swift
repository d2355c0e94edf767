import ArgumentParser
import Graphs
import MixQuantKit
import Quantization
import Studies

/// The widths of activations in a plan, if it has any.
struct ActivationPlanArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Plan activations too, with these widths, separated by commas, as in 4,6,8.",
      discussion: """
        Needs --target-activation-bits or, of plan, --max-bit-operations, which weights and activations \
        then share. The first layer's output keeps 8 bits unless it is pinned.
        """))
  var activationCandidates: BitWidthList?

  @Option(help: "Mean bits an activation over the sites that the plan may change, 2 to 8.")
  var targetActivationBits: Double?

  @Option(
    name: .customLong("pin-activation"),
    help:
      "Fix the width of activations where a site's name fits, as in 'layer1.*=8'; may be repeated.")
  var pins: [LayerPin] = []

  /// True if any of these flags is used.
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

  /// Throws where all activations get `bitWidth` as well.
  func requireAlone(activationBits bitWidth: BitWidth?) throws {
    guard !areGiven || bitWidth == nil else {
      throw ValidationError(
        "--activation-bits is one width for all activations: leave it out where they are planned.")
    }
  }

  /// Throws where these flags and those of `goal` ask for no budget of activations, or for two.
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

  /// The choices of an experiment's contestants for activations, or nil if they are not planned.
  var design: ActivationDesign? {
    targetActivationBits.map {
      ActivationDesign(
        averageBits: $0, candidates: candidates, pins: pins)
    }
  }

  /// Returns the choices of `network` for images of `inputSize` pixels, nil if activations are not planned;
  /// throws `usage` for a pin that fits no site.
  func choices(
    for network: Graph, rules: BitRules, inputSize: () throws -> (height: Int, width: Int)
  ) throws -> ActivationChoices? {
    guard areGiven else { return nil }
    return try rules.activationChoices(
      for: network, inputSize: try inputSize(), pins: pins, candidates: candidates)
  }
}
