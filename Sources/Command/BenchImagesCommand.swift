import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// The command that measures the path from image files to the network's inputs.
struct BenchImagesCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract:
      "Measures how many images per second evaluate reads, decodes, resizes and normalises.",
    discussion: """
      Examples:

        mixq bench images --data validation
        mixq bench images --data validation --limit 100 --runs 2
      """)

  @OptionGroup(title: "Main options") var main: BenchImagesArguments
  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions

  func run() throws {
    let images = try ImageSet.open(
      main.data.url, purpose: .calibration, skipBadImages: transform.skipBadImages)
    let console = Console(isQuiet: common.quiet)
    images.notes.forEach(console.note)
    let limited = images.limited(to: main.limit)
    let bench = try ImageBench(
      of: limited, transform: try TransformChoice.withoutModel(flags: transform.flags).transform,
      skipBadImages: transform.skipBadImages, runs: main.runs, context: common.context)
    try emit(
      bench, as: .benchImages,
      from: [ResultInput(.images, main.data.url, sha256: limited.digest)], isJSON: common.json
    ) { _ in bench.text }
  }
}

/// The options of `bench images` that most people need.
struct BenchImagesArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The images, with or without labels, in any layout that evaluate reads.",
      valueName: "folder"))
  var data: Path

  @Option(
    help: ArgumentHelp(
      "Use only this many images, 1 to 100,000, spread evenly over all.", valueName: "count"))
  var limit = 256

  @Option(
    help: ArgumentHelp(
      "The number of measured passes over the images, 1 to 1,000; the best is reported.",
      valueName: "count"))
  var runs = 5

  func validate() throws {
    try require(limit, in: 1...100_000, of: "--limit")
    try require(runs, in: 1...1000, of: "--runs")
  }
}
