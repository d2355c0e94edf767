import ArgumentParser
import MixQuantKit
import Quantization
import Reconstruction

/// The options of `quantize` that most people need.
struct QuantizeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("The calibration images; labels are not used.", valueName: "folder"))
  var calibration: Path

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The packed file to write; a report is written beside it.", valueName: "file"))
  var output: Path

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "Set the options that serve a purpose. \(Purpose.choices)",
      discussion: """
        The settings are printed and are in the report. An option that contradicts them is an error \
        (Docs/Guide/ChoosingBits.md).
        """, valueName: "purpose"))
  var purpose: Purpose?

  @Option(
    help: ArgumentHelp(
      "The rounding method; brecq by default, gptq with --for speed. \(RoundingMethod.choices)",
      valueName: "method"))
  var method: RoundingMethod?

  @Option(
    help: ArgumentHelp(
      """
      One width, 2 to 8 bits, for every layer except the first and the last; 4 if no plan is given, \
      8 with --for speed.
      """, valueName: "bits"))
  var weightBits: BitWidth?

  @Option(
    help: ArgumentHelp(
      "Plan by --allocator with this mean bits per weight, 2 to 8, over the layers it may change.",
      valueName: "mean-bits"))
  var targetBits: Double?

  @Option(
    help: ArgumentHelp(
      "A plan that mixq plan wrote, with widths of weights and possibly of activations.",
      valueName: "file"))
  var plan: Path?

  @Flag(help: "Print the planned work and stop.")
  var dryRun = false

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  func validate() throws {
    try require(targetBits, in: 2...8, of: "--target-bits")
  }
}
