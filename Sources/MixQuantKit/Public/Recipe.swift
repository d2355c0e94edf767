internal import Quantization
internal import Reconstruction

/// All settings of a quantization except the plan and the images.
///
/// Equal recipes, plans, images and builds give equal bytes.
public struct Recipe: Sendable, Equatable {
  /// A method that turns weights into codes.
  public enum Method: String, Sendable, CaseIterable {
    /// Rounds every weight to the nearest code.
    case nearest
    /// Rounds layer by layer in closed form (Frantar et al., ICLR 2023).
    case gptq
    /// Learns the rounding block by block with few steps (Li et al., ICLR 2021).
    case brecqQuick
    /// Learns the rounding block by block with 500 steps per block.
    case brecq
    /// Learns the rounding block by block with the reference's 20,000 steps per block.
    case brecqPaper
  }

  /// The method that rounds the weights.
  public var method: Method
  /// The bit-width of activations, from 2 to 8; nil leaves them in floating point.
  public var activationBits: Int?
  /// The seed of all random choices.
  public var seed: UInt64

  /// Creates a recipe; by default it learns the rounding of weights and keeps activations as floats.
  public init(method: Method = .brecq, activationBits: Int? = nil, seed: UInt64 = 0) {
    self.method = method
    self.activationBits = activationBits
    self.seed = seed
  }

  /// Returns the recipe for `count` calibration images; throws if a bit-width is out of range.
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
