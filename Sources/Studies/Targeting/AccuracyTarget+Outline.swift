import Execution
import Reports
package import MixQuantKit
internal import Reconstruction
import Datasets
package import Files
import Foundation
import Allocation
import MixQuant
import Graphs
import Quantization

extension AccuracyTarget {
  /// What was chosen and why, one statement each, to be printed before any work.
  package var introduction: [String] {
    let ending = limit.isConfident ? "the upper end of its 95 % interval" : "the drop itself"
    return [
      "calibrate  \(images.images.items.count) images drawn by seed \(recipe.seed)",
      "allocator  \(allocator.rawValue), from \(Self.rungs) budgets between all layers at their "
        + "narrowest and all at their widest",
      "rule       \(recipe.rules.description(activationBits: recipe.activationBits))",
      "method     \(recipe.method.rawValue), the same for every trial",
      "limit      top-1 at most \(limit.points) points below full precision; decided by \(ending)",
      "note       the \(evaluator.images.items.count) images of --data choose the file: for it they "
        + "are no test set any more",
    ]
  }

  /// What speaks against trusting the drop.
  package func audit() throws(InputError) -> ImageAudit {
    try ImageAudit(
      evaluation: evaluator.images, calibration: [images.images],
      classCount: model.network.classCount)
  }

  /// What a dry run tells.
  package struct Outline: Codable, Sendable {
    package struct Plan: Codable, Sendable {
      let bytes: Int
      let averageBits: Double

      private enum CodingKeys: String, CodingKey {
        case bytes
        case averageBits = "average_bits"
      }
    }

    let recipe: QuantizationRecipe
    let plans: [Plan]
    /// At most.
    let trials: Int
  }

  /// The plans that would be searched; throws where images cannot be read.
  package func outline() throws -> Outline {
    let plans = try ladder().map {
      Outline.Plan(
        bytes: $0.payloadBytes(granularity: recipe.weights.granularity),
        averageBits: $0.averageBits())
    }
    return Outline(
      recipe: recipe, plans: plans, trials: Bisection(count: plans.count).triesLeft)
  }

  /// The same as text.
  package func ladderTable() throws -> String {
    let outline = try outline()
    var table = Table([("bytes", .right), ("bits", .right)])
    for plan in outline.plans {
      table.append([String(plan.bytes), String(format: "%.3f", plan.averageBits)])
    }
    return table.text
      + "\n\nsearch  \(outline.plans.count) plans, at most \(outline.trials) trials"
  }
}
