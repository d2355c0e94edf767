import ArgumentParser
import MixQuantKit
import Quantization

extension ErrorMeasure.Metric: ExpressibleByArgument {}
extension ErrorMeasure.Weights: ExpressibleByArgument {}
extension ErrorMeasure.Rounding: ExpressibleByArgument {}
extension Granularity: ExpressibleByArgument {}
extension Symmetry: ExpressibleByArgument {}
extension RangeMethod: ExpressibleByArgument {}
extension BitWidth: ExpressibleByArgument {
  /// Reads a number from 2 to 8.
  public init?(argument: String) {
    guard let bits = Int(argument) else { return nil }
    self.init(bits)
  }
}

/// The options of MixQuant's measurement of errors.
struct MeasureArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("The roundoff error.", valueName: "metric", visibility: .hidden))
  var metric = ErrorMeasure().metric

  @Option(
    help: ArgumentHelp(
      "Measure the weights unfolded (the paper's) or folded.", valueName: "weights",
      visibility: .hidden))
  var errorOn: ErrorMeasure.Weights = .unfolded

  @Option(
    help: ArgumentHelp(
      "Measure with the paper's quantizer, or with the same one as the quantization.",
      valueName: "quantizer", visibility: .hidden))
  var errorQuantizer: ErrorMeasure.Rounding = .paper

  var measure: ErrorMeasure {
    ErrorMeasure(metric: metric, weights: errorOn, rounding: errorQuantizer)
  }
}

/// The options of the quantization of weights.
struct WeightArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The bits of the first layer's weights, 2 to 8; by default 8.", valueName: "bits"))
  var firstBits: BitWidth?

  @Option(
    help: ArgumentHelp(
      "The bits of the last layer's weights, 2 to 8; by default 8.", valueName: "bits"))
  var lastBits: BitWidth?

  @Option(
    help: ArgumentHelp("The scope of a grid.", valueName: "granularity", visibility: .hidden))
  var granularity: Granularity = .perChannel

  @Option(
    help: ArgumentHelp(
      "The symmetry of grids around zero.",
      discussion: """
        by-width means symmetric at 8 bits, where integer kernels are then fastest everywhere, and \
        asymmetric below.
        """, valueName: "symmetry", visibility: .hidden))
  var symmetry: Symmetry = .byWidth

  @Option(
    help: ArgumentHelp(
      "The method that finds a grid's range: mse (best of 80) or min-max.", valueName: "method",
      visibility: .hidden))
  var range: RangeMethod = .mse

  var quantizer: WeightQuantizer {
    WeightQuantizer(granularity: granularity, symmetry: symmetry, range: range)
  }

  var rules: BitRules { BitRules(firstBits: firstBits ?? 8, lastBits: lastBits ?? 8) }
}
