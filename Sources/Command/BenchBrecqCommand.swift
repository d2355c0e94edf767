import ArgumentParser
import Files
import Foundation
import Quantization
import Reports
import Studies

/// The command that measures the time of BRECQ's stages on random weights and inputs.
struct BenchBrecqCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "brecq",
    abstract: "Measures the time of BRECQ's stages on random weights and inputs.")

  @Option(help: "The depth of the ResNet: 18, 34 or 50.")
  var depth = 18

  @Option(help: "The number of images per step.")
  var batch = 32

  @Option(help: "The height and width of images in pixels.")
  var size = 160

  @Option(help: "The measured steps per block, after two to warm up; the median is reported.")
  var steps = 10

  @Option(
    help:
      "The numbers of calibration images for which whole runs are estimated, separated by commas."
  )
  var images = List([1024])

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard [18, 34, 50].contains(depth) else {
      throw ValidationError("--depth \(depth) is not 18, 34 or 50.")
    }
    for (name, value, range) in [
      ("batch", batch, 1...256), ("size", size, 32...512), ("steps", steps, 1...1000),
    ] where !range.contains(value) {
      throw ValidationError(
        "--\(name) \(value) is not between \(range.lowerBound) and \(range.upperBound).")
    }
    if let count = images.values.first(where: { !(1...1_000_000).contains($0) }) {
      throw ValidationError("--images \(count) is not between 1 and 1000000.")
    }
  }

  func run() throws {
    let bench = ReconstructionBench(
      depth: depth, batch: batch, size: size, steps: steps, imageCounts: images.values,
      seed: common.seed, context: common.context)
    let result = try bench()
    try emit(result, as: .benchBrecq, isJSON: common.json) { _ in result.text }
  }
}
