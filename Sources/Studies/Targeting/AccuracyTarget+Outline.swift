import Allocation
import Datasets
import Execution
package import Files
import Foundation
package import MixQuantKit
import Quantization
import Reconstruction
import Reports

extension AccuracyTarget {
  /// The lines to print before the work: the choices that were made and their reasons.
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
      "note       the \(evaluator.images.items.count) images of --data choose the file, so they are no "
        + "longer a test set for it",
    ]
  }

  /// Returns the reasons why the drop may be too optimistic.
  package func audit() -> ImageAudit {
    ImageAudit(
      evaluation: evaluator.images, calibration: [images.images],
      classCount: model.classCount)
  }
}

/// The plans that a search would try, as text and as JSON.
package struct SearchOutline: JSONRepresentable, Sendable {
  private let recipe: QuantizationRecipe
  private let plans: [(bytes: Int, averageBits: Double)]

  /// Makes the plans; throws an error if images cannot be read.
  package init(_ target: AccuracyTarget) throws {
    recipe = target.recipe
    let granularity = recipe.weights.granularity
    plans = try target.ladder().map {
      ($0.payloadBytes(granularity: granularity), $0.averageBits())
    }
  }

  /// The largest number of trials.
  private var trials: Int { Bisection(count: plans.count).triesLeft }

  package var jsonObject: JSONObject {
    let entries = plans.map { plan -> JSONObject in
      ["bytes": plan.bytes, "average_bits": plan.averageBits]
    }
    return ["recipe": recipe, "plans": entries, "trials": trials]
  }

  /// The outline as text: a table of the plans, then the number of trials.
  package var text: String {
    let table = Table(
      plans, [.count("bytes") { $0.bytes }, .number("bits", "%.3f") { $0.averageBits }])
    return table.text() + "\n\nsearch  \(plans.count) plans, at most \(trials) trials"
  }
}
