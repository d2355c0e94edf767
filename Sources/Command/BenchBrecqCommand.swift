import ArgumentParser
import Files
import Foundation
import Quantization
import Reports
import Studies

/// The command that measures the time of BRECQ's stages on random weights and inputs.
struct BenchBrecqCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "brecq",
    abstract: "Measures the time of BRECQ's stages on random weights and inputs.",
    discussion: """
      Examples:

        mixq bench brecq --depth 18 --size 64 --batch 4 --steps 2
        mixq bench brecq --size 32 --batch 2 --steps 2 --images 512,1024
      """)

  @OptionGroup(title: "Main options") var main: BenchBrecqArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: CommonOptions.title) var random: SeedArguments

  func run() throws {
    let bench = ReconstructionBench(
      depth: main.depth, batch: main.batch, size: main.size, steps: main.steps,
      imageCounts: main.images.values, seed: random.seed, context: common.context)
    let result = try bench()
    try emit(common.json ? json(result, isPretty: true) : result.text)
  }
}

/// The options of `bench brecq` that most people need.
struct BenchBrecqArguments: ParsableArguments {
  @Option(help: ArgumentHelp("The depth of the ResNet: 18, 34 or 50.", valueName: "layers"))
  var depth = 18

  @Option(help: ArgumentHelp("The number of images per step, 1 to 256.", valueName: "count"))
  var batch = 32

  @Option(
    help: ArgumentHelp("The height and width of images, 32 to 512 pixels.", valueName: "pixels"))
  var size = 160

  @Option(
    help: ArgumentHelp(
      "The measured steps per block, 1 to 1,000, after two to warm up; the median is reported.",
      valueName: "count"))
  var steps = 10

  @Option(
    help: ArgumentHelp(
      """
      The numbers of calibration images, 1 to 1,000,000, for which whole runs are estimated, \
      separated by commas.
      """, valueName: "count,..."))
  var images = List([1024])

  func validate() throws {
    try require(depth, oneOf: [18, 34, 50], of: "--depth")
    try require(batch, in: 1...256, of: "--batch")
    try require(size, in: 32...512, of: "--size")
    try require(steps, in: 1...1000, of: "--steps")
    for count in images.values { try require(count, in: 1...1_000_000, of: "--images") }
  }
}
