/// The closed-form rounding method whose error is measured.
package enum LayerRounding: String, Codable, CaseIterable, Sendable {
  /// GPTQ; learned rounding reaches a similar error.
  case gptq
  /// Rounding of every weight to its nearest code.
  case nearest
}
