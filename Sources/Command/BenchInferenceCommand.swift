import ArgumentParser
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// The command that measures inference as in `evaluate`, on random weights.
struct BenchInferenceCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Measures how many images per second evaluate scores, on random weights.",
    discussion: """
      Examples:

        mixq bench inference --depth 18 --batch 4 --runs 2
        mixq bench inference --engine integer --bits 4 --size 64 --runs 2
      """)

  @OptionGroup(title: "Main options") var main: BenchInferenceArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: CommonOptions.title) var random: SeedArguments

  func run() throws {
    let bench = InferenceBench(
      depth: main.depth, batch: main.batch, size: main.size, runs: main.runs, isExact: main.exact,
      widths: main.engine == .integer
        ? (weights: main.bits, activations: main.activationBits) : nil,
      seed: random.seed, context: common.context)
    let result = bench()
    try emit(result, as: .benchInference, isJSON: common.json) { _ in result.text }
  }
}

/// The options of `bench inference` that most people need.
struct BenchInferenceArguments: ParsableArguments {
  @Option(help: ArgumentHelp("The depth of the ResNet: 18, 34 or 50.", valueName: "layers"))
  var depth = 18

  @Option(help: ArgumentHelp("The number of images per batch, 1 to 1,024.", valueName: "count"))
  var batch = 32

  @Option(
    help: ArgumentHelp(
      "The height and width of images, 32 to 1,024 pixels.", valueName: "pixels"))
  var size = 224

  @Option(
    help: ArgumentHelp(
      "The number of measured batches, 1 to 1,000, after one to warm up; best and mean are reported.",
      valueName: "count"))
  var runs = 5

  @Option(
    help: ArgumentHelp(
      "The kernels: float in full precision, or integer with quantized activations.",
      valueName: "engine"))
  var engine: InferenceEngine = .float

  @Option(
    help: ArgumentHelp(
      "The bits of weights with --engine integer, 2 to 8; the first and the last layer have 8.",
      valueName: "bits"))
  var bits: BitWidth = 8

  @Option(
    help: ArgumentHelp(
      "The bits of activations with --engine integer, 2 to 8.", valueName: "bits"))
  var activationBits: BitWidth = 8

  @Flag(
    help: ArgumentHelp(
      "Leave out Winograd's convolution in floating point.", visibility: .hidden))
  var exact = false

  func validate() throws {
    try require(depth, oneOf: [18, 34, 50], of: "--depth")
    try require(batch, in: 1...1024, of: "--batch")
    try require(size, in: 32...1024, of: "--size")
    try require(runs, in: 1...1000, of: "--runs")
  }
}
