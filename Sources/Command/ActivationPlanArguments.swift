import ArgumentParser
import Files
import MixQuantKit
import Quantization
import Studies

/// The options of plans with widths of activations.
struct ActivationPlanArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Plan activations too, with these widths, 2 to 8 bits, separated by commas, such as 4,6,8.",
      discussion: """
        Needs --target-activation-bits or, with `mixq plan`, --max-bit-operations, which weights and \
        activations then share. The first layer's output has 8 bits unless it is pinned.
        """, valueName: "bits,..."))
  var activationCandidates: BitWidthList?

  @Option(
    help: ArgumentHelp(
      "The mean bits per activation over the sites that the plan may change, 2 to 8.",
      valueName: "mean-bits"))
  var targetActivationBits: Double?

  @Option(
    name: .customLong("pin-activation"),
    help: ArgumentHelp(
      "Fix the width of activations at matching sites, such as 'layer1.*=8'; may be repeated.",
      valueName: "pattern=bits"))
  var pins: [LayerPin] = []

  /// True if any of these flags is given.
  var areGiven: Bool {
    activationCandidates != nil || targetActivationBits != nil || !pins.isEmpty
  }

  func validate() throws {
    try require(targetActivationBits, in: 2...8, of: "--target-activation-bits")
  }

  private var candidates: [BitWidth] { activationCandidates?.widths ?? BitWidth.all }

  /// Throws if these flags and one width for all activations are both given.
  func requireAlone(activationBits bitWidth: BitWidth?) throws {
    guard !areGiven || bitWidth == nil else {
      throw InputError.conflict(
        "--activation-bits and a plan of activations",
        "the option is one width for all activations", try: "leave out --activation-bits")
    }
  }

  /// Throws unless these flags and those of `goal` give exactly one budget for activations.
  func requireBudget(_ goal: GoalArguments) throws {
    guard areGiven else { return }
    guard targetActivationBits == nil || goal.maxBitOperations == nil else {
      throw InputError.conflict(
        "--max-bit-operations and --target-activation-bits",
        "weights and activations share the operations", try: "leave out --target-activation-bits")
    }
    guard targetActivationBits != nil || goal.maxBitOperations != nil else {
      throw InputError.missing(
        "--target-activation-bits", "activations need a budget",
        try: "give --target-activation-bits or --max-bit-operations")
    }
    guard goal.isBudget else {
      throw InputError.missing(
        "--target-bits", "weights need a budget too if activations have one",
        try: "give --target-bits or --max-bytes")
    }
  }

  /// The choices for activations in an experiment; nil if they are not planned.
  var design: ActivationDesign? {
    targetActivationBits.map {
      ActivationDesign(
        averageBits: $0, candidates: candidates, pins: pins)
    }
  }

  /// Returns the choices for the activations of `model`, or nil if they are not planned.
  ///
  /// - Parameter inputSize: Returns the height and width of images in pixels.
  /// - Throws: `usage` if a pin fits no site; also the errors of `inputSize`.
  func choices(
    for model: CheckpointModel, rules: BitRules, inputSize: () throws -> (height: Int, width: Int)
  ) throws -> ActivationChoices? {
    guard areGiven else { return nil }
    return try rules.activationChoices(
      for: model.network, inputSize: try inputSize(), pins: pins, candidates: candidates)
  }
}
