import Allocation
import Datasets
import Execution
package import Files
import Foundation
import Graphs
package import MixQuantKit
import Quantization
import Reconstruction
import Reports

extension AccuracyTarget {
  /// The choices and their reasons, one statement each, to be printed before any work.
  package var introduction: [String] {
    let ending = limit.isConfident ? "the upper end of its 95 % interval" : "the drop itself"
    return [
      "calibrate  \(images.images.items.count) images drawn by seed \(recipe.seed)"
    ] + images.images.notes + [
      "allocator  \(allocator.rawValue), from \(Self.rungs) budgets between all layers at their "
        + "narrowest and all at their widest",
      "rule       \(recipe.rules.description(activationBits: recipe.activationBits))",
      "method     \(recipe.method.rawValue), the same for every trial",
      "limit      top-1 at most \(limit.points) points below full precision; decided by \(ending)",
      "note       the \(evaluator.images.items.count) images of --data choose the file: for it they "
        + "are no test set any more",
    ]
  }

  /// Returns the facts that speak against trusting the drop.
  package func audit() -> ImageAudit {
    ImageAudit(
      evaluation: evaluator.images, calibration: [images.images],
      classCount: model.network.classCount)
  }

  /// Returns the plans that would be searched, as JSON; throws if images cannot be read.
  package func outline() throws -> JSONObject {
    let plans = try ladder()
    let entries = plans.map { plan -> JSONObject in
      ["bytes": bytes(plan), "average_bits": plan.averageBits()]
    }
    let trials = Bisection(count: plans.count).triesLeft
    return ["recipe": recipe, "plans": entries, "trials": trials]
  }

  /// Returns the same as text.
  package func ladderTable() throws -> String {
    let plans = try ladder()
    let table = Table(
      plans,
      [.count("bytes") { bytes($0) }, .number("bits", "%.3f") { $0.averageBits() }])
    let trials = Bisection(count: plans.count).triesLeft
    return table.text() + "\n\nsearch  \(plans.count) plans, at most \(trials) trials"
  }

  private func bytes(_ plan: BitPlan) -> Int {
    plan.payloadBytes(granularity: recipe.weights.granularity)
  }
}
