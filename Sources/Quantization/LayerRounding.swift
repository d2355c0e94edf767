/// The closed-form rounding whose error is measured.
package enum LayerRounding: String, Codable, CaseIterable, Sendable {
  /// GPTQ, which learned rounding comes close to.
  case gptq
  /// Every weight to its nearest code.
  case nearest
}
