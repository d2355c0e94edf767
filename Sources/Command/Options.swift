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

  @Flag(help: "Print no progress on standard error.")
  var quiet = false

  @Option(help: "The seed of all random choices; equal seeds give equal files.")
  var seed: UInt64 = 0

  @Option(help: "The number of threads; results do not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Flag(
    help: ArgumentHelp(
      "Give equal bits on every processor; slower.",
      discussion: """
        Sums of floating-point products then have one order with all kernels, and OpenBLAS is not used. \
        Packed files record it.
        """))
  var portableMath = false

  // `RecipeFile` reads these two before the command line is parsed.
  @Option(help: "Take options from this JSON file; those of the command line have priority.")
  var recipeFile: Path?

  @Flag(help: "Print the options of this command line as a recipe file and stop.")
  var printRecipe = false

  var context: Context {
    ProcessLimits.require(threads: threads)
    if portableMath { PortableMath.use() }
    return Context(threads: threads)
  }

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads) is not between 1 and 1024.")
    }
  }
}

/// The options about facts that a checkpoint's tensors do not show.
struct CheckpointArguments: ParsableArguments {
  @Flag(help: "Use the averaged (EMA) weights if a checkpoint has both kinds.")
  var ema = false

  @Flag(
    name: .customLong("stride-in-1x1"),
    help: "Put the stride of bottlenecks on their first 1×1 convolution, not on the 3×3 one.")
  var strideIn1x1 = false

  @Flag(
    name: .customLong("stride-in-3x3"),
    help: "Put the stride of bottlenecks on their 3×3 convolution.")
  var strideIn3x3 = false

  @Option(help: "The stride of the first convolution: 1, 2 or 4.")
  var stemStride: Int?

  @Option(help: "The zeros around the input of the first convolution; by default half its kernel.")
  var stemPadding: Int?

  @Option(help: "The pooling after the first layers: max (3×3 at stride 2) or none.")
  var stemPool: StemPooling?

  @Option(help: "The name of the last layer, if several linear layers could be it.")
  var head: String?

  @Option(
    name: .customLong("bn-eps"),
    help: "The epsilon of batch normalisation; by default 1e-5.")
  var bnEpsilon: Double?

  var options: CheckpointOptions {
    CheckpointOptions(
      architecture: ArchitectureOptions(
        strideIn1x1: strideIn1x1 ? true : strideIn3x3 ? false : nil, bnEpsilon: bnEpsilon,
        stemStride: stemStride, stemPadding: stemPadding,
        hasStemPooling: stemPool.map { $0 == .max }, head: head),
      preferEMA: ema)
  }

  func validate() throws {
    if let bnEpsilon, !(bnEpsilon >= 0 && bnEpsilon < 1) {
      throw ValidationError("--bn-eps \(bnEpsilon) is not at least 0 and below 1.")
    }
    guard !(strideIn1x1 && strideIn3x3) else {
      throw ValidationError("--stride-in-1x1 and --stride-in-3x3 exclude each other.")
    }
    if let stemStride, ![1, 2, 4].contains(stemStride) {
      throw ValidationError("--stem-stride \(stemStride) is not 1, 2 or 4.")
    }
    if let stemPadding, !(0...6).contains(stemPadding) {
      throw ValidationError("--stem-padding \(stemPadding) is not between 0 and 6.")
    }
  }
}

/// The pooling after the first layers, as `--stem-pool` spells it.
enum StemPooling: String, ExpressibleByArgument, CaseIterable {
  case max, none
}

extension TransformFlags.Preset: ExpressibleByArgument {}
extension Interpolation: ExpressibleByArgument {}

/// The options of the transform from images to inputs, with priority over the configuration.
struct TransformArguments: ParsableArguments {
  @Option(
    help:
      "A named transform: torchvision, torchvision-v2, cifar (the whole image, ImageNet's mean and std), cifar10 or cifar100 (their own)."
  )
  var preset: TransformFlags.Preset?

  @Option(help: "Resize the short side to this many pixels; 0 for no resize.")
  var resize: Int?

  @Option(help: "Crop the centre to this many pixels; 0 for no crop.")
  var crop: Int?

  @Option(help: "The interpolation of the resize: bilinear or bicubic.")
  var interpolation: Interpolation?

  @Option(
    help: "The means of red, green and blue as r,g,b, for pixels from 0 to 1; one number for grey.")
  var mean: Channels?

  @Option(help: "The standard deviations of red, green and blue as r,g,b; one number for grey.")
  var std: Channels?

  @Flag(help: "Skip images that cannot be read instead of stopping.")
  var skipBadImages = false

  var flags: TransformFlags {
    TransformFlags(
      preset: preset, resize: resize, crop: crop, interpolation: interpolation,
      mean: mean?.values, std: std?.values)
  }
}

/// One number for grey, or three numbers separated by commas.
struct Channels: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Double($0) }
    guard [1, 3].contains(parts.count), values.count == parts.count, values.allSatisfy(\.isFinite)
    else { return nil }
    self.values = values
  }
}

/// A path as the user wrote it.
///
/// An empty path is refused, because it is often a variable that is not set.
struct Path: ExpressibleByArgument {
  let url: URL

  /// Shells complete the names of files and folders.
  static var defaultCompletionKind: CompletionKind { .file() }

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    // The shell has already replaced a ~ that means a home folder.
    url = URL(filePath: argument.hasPrefix("~") ? "./\(argument)" : argument)
  }
}
