import ArgumentParser
import Datasets
import Files
import MixQuantKit

/// The options about facts that a checkpoint's tensors do not show.
struct CheckpointArguments: ParsableArguments {
  @Flag(help: "Use the averaged (EMA) weights if a checkpoint has both kinds.")
  var ema = false

  @Option(
    help: ArgumentHelp(
      "The name of the last layer, if several linear layers could be it.", valueName: "name"))
  var head: String?

  @Option(
    help: ArgumentHelp(
      "The stride of the first convolution: 1, 2 or 4.", valueName: "pixels", visibility: .hidden))
  var stemStride: Int?

  @Option(
    help: ArgumentHelp(
      "The zeros around the input of the first convolution, 0 to 6; by default half its kernel.",
      valueName: "pixels", visibility: .hidden))
  var stemPadding: Int?

  @Option(
    help: ArgumentHelp(
      "The pooling after the first layers: max (3×3 at stride 2) or none.", valueName: "pooling",
      visibility: .hidden))
  var stemPool: StemPooling?

  @Flag(
    name: .customLong("stride-in-1x1"),
    help: ArgumentHelp(
      "Put the stride of bottlenecks on their first 1×1 convolution, not on the 3×3 one.",
      visibility: .hidden))
  var strideIn1x1 = false

  @Flag(
    name: .customLong("stride-in-3x3"),
    help: ArgumentHelp(
      "Put the stride of bottlenecks on their 3×3 convolution.", visibility: .hidden))
  var strideIn3x3 = false

  @Option(
    name: .customLong("bn-eps"),
    help: ArgumentHelp(
      "The epsilon of batch normalisation, at least 0 and below 1; by default 1e-5.",
      valueName: "number", visibility: .hidden))
  var bnEpsilon: Double?

  var options: CheckpointOptions {
    CheckpointOptions(
      strideIn1x1: strideIn1x1 ? true : strideIn3x3 ? false : nil, bnEpsilon: bnEpsilon,
      stemStride: stemStride, stemPadding: stemPadding,
      hasStemPooling: stemPool.map { $0 == .max }, head: head, preferEMA: ema)
  }

  func validate() throws {
    if let bnEpsilon, !(bnEpsilon >= 0 && bnEpsilon < 1) {
      throw InputError.outOfRange(
        "--bn-eps", "\(bnEpsilon)", "a number of at least 0 and below 1")
    }
    guard !(strideIn1x1 && strideIn3x3) else {
      throw InputError.conflict(
        "--stride-in-1x1 and --stride-in-3x3", "a bottleneck has its stride in one place")
    }
    try require(stemStride, oneOf: [1, 2, 4], of: "--stem-stride")
    try require(stemPadding, in: 0...6, of: "--stem-padding")
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
    help: ArgumentHelp(
      "A named transform.",
      discussion: """
        torchvision and torchvision-v2 are ImageNet's. cifar takes the whole image and ImageNet's mean \
        and standard deviation; cifar10 and cifar100 use their own.
        """, valueName: "preset"))
  var preset: TransformFlags.Preset?

  @Option(
    help: ArgumentHelp(
      "Resize the short side to this many pixels; 0 for no resize.", valueName: "pixels"))
  var resize: Int?

  @Option(
    help: ArgumentHelp("Crop the centre to this many pixels; 0 for no crop.", valueName: "pixels"))
  var crop: Int?

  @Option(
    help: ArgumentHelp(
      "The interpolation of the resize.", valueName: "interpolation", visibility: .hidden))
  var interpolation: Interpolation?

  @Option(
    help: ArgumentHelp(
      "The means of red, green and blue, for pixels from 0 to 1; one number for grey.",
      valueName: "r,g,b", visibility: .hidden))
  var mean: Channels?

  @Option(
    help: ArgumentHelp(
      "The standard deviations of red, green and blue; one number for grey.", valueName: "r,g,b",
      visibility: .hidden))
  var std: Channels?

  @Flag(help: "Skip images that cannot be read instead of stopping.")
  var skipBadImages = false

  var flags: TransformFlags {
    TransformFlags(
      preset: preset, resize: resize, crop: crop, interpolation: interpolation,
      mean: mean?.values, std: std?.values)
  }
}
