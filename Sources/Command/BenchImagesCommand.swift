import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// The command that measures the path from image files to the network's inputs.
struct BenchImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract:
      "Measures how many images per second evaluate reads, decodes, resizes and normalises.")

  @Option(help: "The images, with or without labels, in any layout that evaluate reads.")
  var data: Path

  @Option(help: "Use only this many images, spread evenly over all.")
  var limit = 256

  @Option(help: "The number of measured passes over the images; the best is reported.")
  var runs = 5

  @OptionGroup var transform: TransformArguments
  @OptionGroup var common: CommonOptions

  func validate() throws {
    for (name, value, range) in [("limit", limit, 1...100_000), ("runs", runs, 1...1000)]
    where !range.contains(value) {
      throw ValidationError(
        "--\(name) \(value) is not between \(range.lowerBound) and \(range.upperBound).")
    }
  }

  func run() throws {
    let images = try ImageSet.open(
      data.url, purpose: .calibration, skipBadImages: transform.skipBadImages)
    let console = Console(isQuiet: common.quiet)
    images.notes.forEach(console.note)
    let bench = ImageBench(
      images: images.limited(to: limit),
      transform: try TransformChoice.withoutModel(flags: transform.flags).transform,
      skipBadImages: transform.skipBadImages, runs: runs, context: common.context)
    let result = try bench()
    try emit(
      result, as: .benchImages,
      from: [ResultInput(.images, data.url, sha256: bench.images.digest)], isJSON: common.json
    ) { _ in result.text }
  }
}
