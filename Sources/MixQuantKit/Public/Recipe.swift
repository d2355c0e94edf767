/// All settings of a quantization except the plan and the images.
///
/// Equal recipes, plans, images and builds give equal bytes. A recipe can be created with any values;
/// ``FullPrecisionModel/quantized(to:with:on:resuming:threads:progress:)`` throws if they contradict
/// each other.
///
/// ```swift
/// var recipe = Recipe(method: .brecq, activationBits: 8, seed: 1)
/// recipe.activationRange = .percentile(99.9)
/// recipe.learning.steps = 2000
/// ```
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
  /// The grids of the weights.
  public var grid = Grid()
  /// The bit-width of activations, from 2 to 8; nil leaves them in floating point.
  ///
  /// A plan that has widths of activations itself needs nil.
  public var activationBits: Int?
  /// The method that finds the ranges of activations; it needs quantized activations.
  public var activationRange = ActivationRange.mse
  /// The settings of learning, for the methods that learn.
  public var learning = Learning()
  /// The seed of all random choices.
  public var seed: UInt64

  /// Creates a recipe; by default it learns the rounding of weights and keeps activations as floats.
  public init(method: Method = .brecq, activationBits: Int? = nil, seed: UInt64 = 0) {
    self.method = method
    self.activationBits = activationBits
    self.seed = seed
  }
}

extension Recipe {
  /// The settings of the grids of weights.
  public struct Grid: Sendable, Equatable {
    /// The weights that share a grid.
    public enum Granularity: Sendable, CaseIterable {
      /// The weights of an output channel.
      case perChannel
      /// The weights of a layer.
      case perTensor
    }

    /// The position of a grid's range.
    public enum Symmetry: Sendable, CaseIterable {
      /// Symmetric to zero at 8 bits, and anywhere around zero below.
      case byWidth
      /// Symmetric to zero.
      case symmetric
      /// Anywhere around zero.
      case asymmetric
    }

    /// The method that finds a grid's range from the weights.
    public enum Range: Sendable, CaseIterable {
      /// The best of 80 ranges by the mean error of the weights.
      case mse
      /// From the smallest weight to the largest.
      case minMax
    }

    /// The weights that share a grid.
    public var granularity: Granularity
    /// The position of the range.
    public var symmetry: Symmetry
    /// The method that finds the range.
    public var range: Range

    /// Creates the settings; the defaults are those of BRECQ, with symmetric grids at 8 bits.
    public init(
      granularity: Granularity = .perChannel, symmetry: Symmetry = .byWidth, range: Range = .mse
    ) {
      self.granularity = granularity
      self.symmetry = symmetry
      self.range = range
    }
  }

  /// A method that finds the range of activations from the calibration images.
  public enum ActivationRange: Sendable, Equatable {
    /// The best of 80 ranges by the mean error of the activations.
    case mse
    /// From zero or the smallest activation to the largest.
    case minMax
    /// The range between a percentile, above 50 and at most 100, and its mirror image.
    ///
    /// 99.9 cuts a thousandth of the activations at either end.
    case percentile(Double)
  }

  /// The settings of learning; nil takes the method's own value.
  public struct Learning: Sendable, Equatable {
    /// The weighting of a block's output error.
    public enum Loss: Sendable, CaseIterable {
      /// The plain squared error.
      case mse
      /// The squared error weighted by the squared gradient of the network's output.
      case fisher
    }

    /// The rounding at which learning starts.
    public enum Start: Sendable, CaseIterable {
      /// The nearest codes.
      case nearest
      /// The codes of GPTQ.
      case gptq
    }

    /// The weighting of a block's output error.
    public var loss: Loss?
    /// The rounding at which learning starts.
    public var start: Start?
    /// The number of steps per block that learn weights, from 0 to 1,000,000.
    public var steps: Int?
    /// The number of steps per block that learn scales of activations, from 0 to 1,000,000; it needs
    /// quantized activations.
    public var activationSteps: Int?
    /// The number of images per step, from 1 to 4,096.
    public var batch: Int?

    /// Creates the settings.
    public init(
      loss: Loss? = nil, start: Start? = nil, steps: Int? = nil, activationSteps: Int? = nil,
      batch: Int? = nil
    ) {
      self.loss = loss
      self.start = start
      self.steps = steps
      self.activationSteps = activationSteps
      self.batch = batch
    }
  }
}
