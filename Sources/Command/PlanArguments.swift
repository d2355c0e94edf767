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
  /// A number from 2 to 8.
  public init?(argument: String) {
    guard let bits = Int(argument) else { return nil }
    self.init(bits)
  }
}

/// The error that MixQuant measures.
struct MeasureArguments: ParsableArguments {
  @Option(help: "The roundoff error: relative, rmse or mse.")
  var metric: ErrorMetric = .relative

  @Option(help: "Measure the weights unfolded (the paper's) or folded.")
  var errorOn: ErrorMeasure.Weights = .unfolded

  @Option(help: "Measure with the paper's quantizer, or the same one that will be used.")
  var errorQuantizer: ErrorMeasure.Rounding = .paper

  var measure: ErrorMeasure {
    ErrorMeasure(metric: metric, weights: errorOn, rounding: errorQuantizer)
  }
}

/// The rounding of weights to integers.
struct WeightArguments: ParsableArguments {
  @Option(help: "One grid per-channel or per-tensor.")
  var granularity: Granularity = .perChannel

  @Option(help: "Grids asymmetric or symmetric around zero.")
  var symmetry: Symmetry = .asymmetric

  @Option(help: "How a grid's range is found: mse (best of 80) or min-max.")
  var range: RangeMethod = .mse

  @Option(help: "Bits of the first layer's weights, 2 to 8; 8 if not given.")
  var firstBits: BitWidth?

  @Option(help: "Bits of the last layer's weights, 2 to 8; 8 if not given.")
  var lastBits: BitWidth?

  var quantizer: WeightQuantizer {
    WeightQuantizer(granularity: granularity, symmetry: symmetry, range: range)
  }

  var rules: BitRules { BitRules(firstBits: firstBits ?? 8, lastBits: lastBits ?? 8) }
}
