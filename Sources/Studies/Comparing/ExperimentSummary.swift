package import MixQuantKit
package import Reconstruction
package import Quantization

/// An experiment in numbers: a row a contestant at each method and budget, then the verdict.
package struct ExperimentSummary: Codable, Sendable {
  /// One contestant's means over images and seeds.
  package struct Row: Codable, Sendable {
    package let contestant: String
    package let method: RoundingMethod
    package let targetBits: Double
    /// Those that every contestant of this method and budget has finished.
    package let seeds: [UInt64]
    /// Mean bits a weight over the layers that a plan may change.
    package let averageFreeBits: Double
    package let bytes: Int
    /// In nats.
    package let kl: Double
    /// The bootstrap's 95 % interval over images.
    package let klInterval: Interval
    /// Percent.
    package let top1: Double
    /// The bootstrap's 95 % interval over images, in percent.
    package let top1Interval: Interval
    /// Percent, if it was counted for every seed.
    package let top5: Double?
    package let flips: Double
    /// Of the quantization.
    package let seconds: Double

    private enum CodingKeys: String, CodingKey {
      case contestant, method, seeds, bytes, kl, top1, top5, flips, seconds
      case targetBits = "target_bits"
      case averageFreeBits = "average_free_bits"
      case klInterval = "kl_interval"
      case top1Interval = "top1_interval"
    }

    init(_ scores: ContestantScores, method: RoundingMethod, targetBits: Double) {
      contestant = scores.contestant
      self.method = method
      self.targetBits = targetBits
      seeds = scores.seeds
      averageFreeBits = scores.averageFreeBits
      bytes = scores.bytes
      kl = scores.kl
      klInterval = Bootstrap(of: scores.divergences).interval
      top1 = scores.top1
      top1Interval = Bootstrap(of: scores.correctness.map { 100 * $0 }).interval
      top5 = scores.top5
      flips = scores.flips
      seconds = scores.seconds
    }
  }

  /// The random fills of one method and budget together.
  package struct RandomFills: Codable, Sendable {
    package let method: RoundingMethod
    package let targetBits: Double
    /// The mean KL of each fill.
    package let kl: [Double]

    private enum CodingKeys: String, CodingKey {
      case method, kl
      case targetBits = "target_bits"
    }
  }

  package let model: String
  package let activationBits: BitWidth?
  /// What plans of activations may take on average; none where they are not planned.
  package let targetActivationBits: Double?
  package let images: Int
  /// Percent.
  package let fullPrecisionTop1: Double
  package let rows: [Row]
  package let randomFills: [RandomFills]
  package let audit: ImageAudit

  private enum CodingKeys: String, CodingKey {
    case model, images, rows, audit
    case activationBits = "activation_bits"
    case targetActivationBits = "target_activation_bits"
    case fullPrecisionTop1 = "full_precision_top1"
    case randomFills = "random_fills"
  }

  package init(_ result: ExperimentResult) {
    let groups = result.record.design.groups.map { method, target in
      (method, target, result.group(method, targetBits: target))
    }
    model = result.record.model
    activationBits = result.record.design.recipe.activationBits
    targetActivationBits = result.record.design.activations?.averageBits
    images = result.record.images.count
    fullPrecisionTop1 = result.record.accuracy.top1
    rows = groups.flatMap { method, target, group in
      group.map { Row($0, method: method, targetBits: target) }
    }
    randomFills = groups.compactMap { method, target, group in
      let fills = group.randomFills
      return fills.isEmpty
        ? nil : RandomFills(method: method, targetBits: target, kl: fills.map(\.kl))
    }
    audit = result.record.audit
  }
}
