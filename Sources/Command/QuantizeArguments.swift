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
    help: ArgumentHelp("The rounding method. \(RoundingMethod.choices)", valueName: "method"))
  var method: RoundingMethod = .brecq

  @Option(
    help: ArgumentHelp(
      """
      One width, 2 to 8 bits, for every layer but the first and the last; 4 if no plan is given, 8 \
      with --fast-inference.
      """, valueName: "bits"))
  var weightBits: BitWidth?

  @Option(
    help: ArgumentHelp(
      "Plan by --allocator with this mean bits per weight, 2 to 8, over the layers it may change.",
      valueName: "mean-bits"))
  var targetBits: Double?

  @Option(
    help: ArgumentHelp(
      "A plan of mixq plan, with widths of weights and possibly of activations.",
      valueName: "file"))
  var plan: Path?

  @Flag(
    help: """
      Make a file for fast inference by integer kernels: 8-bit activations, symmetric grids for \
      8-bit weights, and 8-bit weights unless other options give their widths.
      """)
  var fastInference = false

  @Flag(help: "Print the planned work and stop.")
  var dryRun = false

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  func validate() throws {
    try require(targetBits, in: 2...8, of: "--target-bits")
  }
}
