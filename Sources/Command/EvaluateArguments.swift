import ArgumentParser
import Files
import MixQuantKit
import Studies

extension InferenceEngine: ExpressibleByArgument {}

/// The options of `evaluate` that most people need.
struct EvaluateArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The labelled images: class folders, a folder with a list of labels, or CIFAR-10's batches.",
      valueName: "folder"))
  var data: Path

  @Option(
    help: ArgumentHelp(
      "The folder of a packed file's calibration images; images that are also in --data are an error.",
      valueName: "folder"))
  var calibration: Path?

  @Option(
    name: .customLong("min-top1"),
    help: ArgumentHelp(
      "Exit with 1 if top-1 is below this, in percent from 0 to 100.", valueName: "percent"))
  var minTop1: Double?

  @Option(
    help: ArgumentHelp(
      "The kernels: integer or float.",
      discussion: """
        Both give the same logits to the bit for a file with quantized activations, which uses integer \
        kernels by default. Other models always use float kernels.
        """, valueName: "engine"))
  var engine: InferenceEngine?

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  func validate() throws { try require(minTop1, in: 0...100, of: "--min-top1") }
}
