import ArgumentParser
import Files
import Foundation
import MixQuantKit
import Quantization
import Reports
import Studies

/// The command that measures inference as in `evaluate`, on random weights.
struct BenchInferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Measures how many images per second evaluate scores, on random weights.")

  @Option(help: "The depth of the ResNet: 18, 34 or 50.")
  var depth = 18

  @Option(help: "The number of images per batch.")
  var batch = 32

  @Option(help: "The height and width of images in pixels.")
  var size = 224

  @Option(
    help: "The number of measured batches, after one to warm up; best and mean are reported.")
  var runs = 5

  @Option(help: "The kernels: float in full precision, or integer with quantized activations.")
  var engine: InferenceEngine = .float

  @Option(help: "The bits of weights with --engine integer, 2 to 8; first and last layer have 8.")
  var bits: BitWidth = 8

  @Option(help: "The bits of activations with --engine integer, 2 to 8.")
  var activationBits: BitWidth = 8

  @Flag(help: "Leave out Winograd's convolution in floating point.")
  var exact = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard [18, 34, 50].contains(depth) else {
      throw ValidationError("--depth \(depth) is not 18, 34 or 50.")
    }
    for (name, value, range) in [
      ("batch", batch, 1...1024), ("size", size, 32...1024), ("runs", runs, 1...1000),
    ] where !range.contains(value) {
      throw ValidationError(
        "--\(name) \(value) is not between \(range.lowerBound) and \(range.upperBound).")
    }
  }

  func run() throws {
    let bench = InferenceBench(
      depth: depth, batch: batch, size: size, runs: runs, isExact: exact,
      widths: engine == .integer ? .init(weights: bits, activations: activationBits) : nil,
      seed: common.seed, context: common.context)
    let result = bench()
    try emit(result, as: .benchInference, isJSON: common.json) { _ in result.text }
  }
}
