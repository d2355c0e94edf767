import ArgumentParser
import MixQuant
import MixQuantKit
import Quantization

extension ErrorMetric: ExpressibleByArgument {}
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
  @Option(help: "The roundoff error: relative, rmse or mse.")
  var metric: ErrorMetric = .relative

  @Option(help: "Measure the weights unfolded (the paper's) or folded.")
  var errorOn: ErrorMeasure.Weights = .unfolded

  @Option(help: "Measure with the paper's quantizer, or with the same one as the quantization.")
  var errorQuantizer: ErrorMeasure.Rounding = .paper

  var measure: ErrorMeasure {
    ErrorMeasure(metric: metric, weights: errorOn, rounding: errorQuantizer)
  }
}

/// The options of the quantization of weights.
struct WeightArguments: ParsableArguments {
  @Option(help: "The scope of a grid: per-channel or per-tensor.")
  var granularity: Granularity = .perChannel

  @Option(
    help: """
      The symmetry of grids around zero: asymmetric, symmetric, or by-width (symmetric at 8 bits, \
      where integer kernels are then fastest everywhere, and asymmetric below).
      """)
  var symmetry: Symmetry = .byWidth

  @Option(help: "The method that finds a grid's range: mse (best of 80) or min-max.")
  var range: RangeMethod = .mse

  @Option(help: "The bits of the first layer's weights, 2 to 8; by default 8.")
  var firstBits: BitWidth?

  @Option(help: "The bits of the last layer's weights, 2 to 8; by default 8.")
  var lastBits: BitWidth?

  var quantizer: WeightQuantizer {
    WeightQuantizer(granularity: granularity, symmetry: symmetry, range: range)
  }

  var rules: BitRules { BitRules(firstBits: firstBits ?? 8, lastBits: lastBits ?? 8) }
}
