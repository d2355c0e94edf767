package import MixQuant

/// What MixQuant measures its errors on and with.
package struct ErrorMeasure: Codable, Equatable, Sendable {
  /// The weights measured.
  package enum Weights: String, Codable, Sendable, CaseIterable {
    /// As the checkpoint has them: the paper's.
    case unfolded
    /// With batch normalisation folded in: the ones that are quantized.
    case folded
  }

  /// The quantizer measured.
  package enum Rounding: String, Codable, Sendable, CaseIterable {
    /// Per tensor, asymmetric, min-max.
    case paper
    /// The one that will be used.
    case same
  }

  package var metric: ErrorMetric
  package var weights: Weights
  package var rounding: Rounding

  package init(
    metric: ErrorMetric = .relative, weights: Weights = .unfolded, rounding: Rounding = .paper
  ) {
    self.metric = metric
    self.weights = weights
    self.rounding = rounding
  }
}
