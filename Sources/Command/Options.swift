import ArgumentParser
import Datasets
import Execution
import Foundation
import Graphs
import MixQuantKit
import Networks
import Studies

/// The options of every command.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  @Flag(help: "No progress on standard error.")
  var quiet = false

  @Option(help: "Where every random choice begins; equal seeds give equal files.")
  var seed: UInt64 = 0

  @Option(help: "Threads to share the work; results do not depend on the number.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  var workers: Workers { Workers(threads) }

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads) is not between 1 and 1024.")
    }
  }
}

/// The facts that a checkpoint's tensors do not show.
struct CheckpointArguments: ParsableArguments {
  @Flag(help: "Take the averaged (EMA) weights where a checkpoint has both kinds.")
  var ema = false

  @Flag(
    name: .customLong("stride-in-1x1"),
    help: "Bottlenecks have their stride on the first 1×1 convolution, not on the 3×3.")
  var strideIn1x1 = false

  @Option(
    name: .customLong("bn-eps"),
    help: "The epsilon of batch normalisation; 1e-5 if not given.")
  var bnEpsilon: Double?

  var options: CheckpointOptions {
    CheckpointOptions(
      architecture: ArchitectureOptions(
        strideIn1x1: strideIn1x1 ? true : nil, bnEpsilon: bnEpsilon),
      preferEMA: ema)
  }

  func validate() throws {
    if let bnEpsilon, !(bnEpsilon >= 0 && bnEpsilon < 1) {
      throw ValidationError("--bn-eps \(bnEpsilon) is not at least 0 and below 1.")
    }
  }
}

extension TransformFlags.Preset: ExpressibleByArgument {}
extension Interpolation: ExpressibleByArgument {}

/// The transform of images to inputs, if the model's configuration shall not decide.
struct TransformArguments: ParsableArguments {
  @Option(help: "A named transform: torchvision, torchvision-v2 or cifar.")
  var preset: TransformFlags.Preset?

  @Option(help: "Resize the short side to this many pixels; 0 for no resizing.")
  var resize: Int?

  @Option(help: "Crop the centre to this many pixels; 0 for no crop.")
  var crop: Int?

  @Option(help: "How pixels are resampled: bilinear or bicubic.")
  var interpolation: Interpolation?

  @Option(help: "Three means of red, green and blue as r,g,b, of pixels between 0 and 1.")
  var mean: Triple?

  @Option(help: "Three standard deviations as r,g,b.")
  var std: Triple?

  @Flag(help: "Leave out images that cannot be read instead of stopping.")
  var skipBadImages = false

  var flags: TransformFlags {
    TransformFlags(
      preset: preset, resize: resize, crop: crop, interpolation: interpolation,
      mean: mean?.values, std: std?.values)
  }
}

/// Three numbers separated by commas.
struct Triple: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Double($0) }
    guard parts.count == 3, values.count == 3, values.allSatisfy(\.isFinite) else { return nil }
    self.values = values
  }
}

/// A path as the user wrote it; an empty one, which often is a variable that was not set, is none.
struct Path: ExpressibleByArgument {
  let url: URL

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    // The shell has put a home in the place of any ~ that stood for one.
    url = URL(filePath: argument.hasPrefix("~") ? "./\(argument)" : argument)
  }
}
