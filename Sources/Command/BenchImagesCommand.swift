import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// Images a second from files to the network's inputs, through what `evaluate` runs.
struct BenchImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Images a second of reading, decoding, resizing and normalising, as evaluate does.")

  @Option(help: "Images, with or without labels, in any layout that evaluate reads.")
  var data: Path

  @Option(help: "Only this many images, spread evenly over all.")
  var limit = 256

  @Option(help: "Measured passes over the images; the best counts.")
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
    let bench = ImageBench(
      images: try ImageSet.open(data.url, purpose: .calibration).limited(to: limit),
      transform: try TransformChoice.withoutModel(flags: transform.flags).transform,
      skipBadImages: transform.skipBadImages, runs: runs, workers: common.workers)
    let result = try bench()
    try emit(common.json ? json(result, isPretty: true) : result.text)
  }
}
