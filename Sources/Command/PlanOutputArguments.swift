import ArgumentParser
import Files
import Quantization
import Reconstruction

/// The options of `plan` about its output.
struct PlanOutputArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the plan as JSON, which you can edit and use with quantize --plan.",
      valueName: "file"))
  var output: Path?

  @Flag(help: "Overwrite existing outputs.")
  var force = false
}

/// The options of `plan` about its measurements.
struct PlanImageArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The calibration images for allocators that need them; labels are not used.",
      valueName: "folder"))
  var calibration: Path?

  @Option(
    help: ArgumentHelp(
      "The number of images drawn from the calibration folder by the seed.", valueName: "count"))
  var calibrationImages = 256

  @Option(
    help: ArgumentHelp(
      "Count bit-operations with activations of this many bits, 2 to 8; by default 32.",
      valueName: "bits"))
  var activationBits: BitWidth?

  @Option(
    help: ArgumentHelp(
      "The rounding method you will quantize with; mixquant-weighted estimates its error.",
      valueName: "method"))
  var method: RoundingMethod = .brecq

  func validate() throws {
    try require(calibrationImages, in: 1..., of: "--calibration-images")
  }
}
