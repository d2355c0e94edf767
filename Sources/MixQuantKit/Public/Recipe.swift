package import Quantization
package import Reconstruction

/// Everything that decides how a network is quantized, apart from the plan and the images.
///
/// Equal recipes, plans, images and builds give equal bytes.
public struct Recipe: Sendable, Equatable {
  /// A way in which weights become codes.
  public enum Method: String, Sendable, CaseIterable {
    /// Every weight to its nearest code.
    case nearest
    /// In closed form, layer by layer (Frantar et al., ICLR 2023).
    case gptq
    /// Learned, block by block (Li et al., ICLR 2021), with few steps.
    case brecqQuick
    /// Learned, block by block.
    case brecq
    /// Learned, with the reference's 20,000 steps per block.
    case brecqPaper
  }

  /// The rounding of weights.
  public var method: Method
  /// The bit-width of activations, 2 to 8; nil leaves them in floating point.
  public var activationBits: Int?
  /// Seeds every random choice.
  public var seed: UInt64

  /// Makes a recipe; the defaults learn the rounding of weights and leave activations alone.
  public init(method: Method = .brecq, activationBits: Int? = nil, seed: UInt64 = 0) {
    self.method = method
    self.activationBits = activationBits
    self.seed = seed
  }

  /// The recipe for `count` calibration images; throws `usage` for a bit-width out of range.
  package func settled(count: Int) throws -> QuantizationRecipe {
    QuantizationRecipe(
      method: method.rounding, activationBits: try activationBits.map(BitWidth.validated),
      calibrationImages: count, reconstruction: method.reconstruction, seed: seed)
  }
}

extension Recipe.Method {
  fileprivate var rounding: RoundingMethod {
    switch self {
    case .nearest: .nearest
    case .gptq: .gptq
    case .brecqQuick, .brecq, .brecqPaper: .brecq
    }
  }

  fileprivate var reconstruction: ReconstructionRecipe {
    switch self {
    case .brecqQuick: .quick
    case .brecqPaper: .paper
    case .nearest, .gptq, .brecq: .standard
    }
  }
}
