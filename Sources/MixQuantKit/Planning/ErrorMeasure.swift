package import MixQuant

/// The metric, the weights and the quantizer with which MixQuant measures errors.
package struct ErrorMeasure: Codable, Equatable, Sendable {
  /// The kind of roundoff error.
  package typealias Metric = ErrorMetric

  /// The weights to measure.
  package enum Weights: String, Codable, Sendable, CaseIterable {
    /// The weights of the checkpoint, as in the paper.
    case unfolded
    /// The weights with folded batch normalisation, which are quantized.
    case folded
  }

  /// The quantizer to measure with.
  package enum Rounding: String, Codable, Sendable, CaseIterable {
    /// The paper's quantizer: per tensor, asymmetric, min-max.
    case paper
    /// The quantizer that the quantization uses.
    case same
  }

  package var metric: Metric
  package var weights: Weights
  package var rounding: Rounding

  package init(
    metric: Metric = .relative, weights: Weights = .unfolded, rounding: Rounding = .paper
  ) {
    self.metric = metric
    self.weights = weights
    self.rounding = rounding
  }
}
