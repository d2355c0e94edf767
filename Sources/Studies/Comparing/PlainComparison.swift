import Allocation
package import Files
import Foundation
package import MixQuantKit
package import Quantization
import Reconstruction
import Reports

/// MixQuant's plan against the two-width plan of the same bytes, each rounded to nearest and by BRECQ.
///
/// It is an experiment of one budget and one seed, shown as one table.
package struct PlainComparison: Sendable {
  package let experiment: Experiment
  /// The two-width plan at the target.
  package let alone: BitPlan
  /// MixQuant's plan of no more bytes.
  package let mixQuant: BitPlan

  /// Makes both plans; throws `usage` for a target that no plan can meet.
  /// - Parameter experiment: Compares two-width and mixquant at one target, for one seed.
  package init(_ experiment: Experiment) throws {
    let plans = try experiment.firstPlans()[0]
    precondition(experiment.design.cells.count == 4 && plans.count == 2, "not a plain comparison")
    self.experiment = experiment
    (alone, mixQuant) = (plans[0], plans[1])
  }

  static let noChoice = "at this target MixQuant has no choice"

  /// Returns true if MixQuant had no choice.
  package var plansAreEqual: Bool { alone.bitWidths == mixQuant.bitWidths }

  /// Returns the name of a cell's row: its method, after `mixquant+` if MixQuant planned it.
  package static func name(of cell: ExperimentCell) -> String {
    (cell.contestant == Allocator.mixQuant.rawValue ? "mixquant+" : "") + cell.method.rawValue
  }

  /// The results of a plain comparison.
  package struct Outcome: Sendable {
    package let result: ExperimentResult
    package let table: ComparisonTable
    /// The packed files by the names of their rows.
    package let files: [String: PackedModel]
  }

  /// Quantizes and scores every row; a row equal to an earlier one takes its result.
  ///
  /// The packed file of each row is scored, encoded and read again. Throws as an experiment does.
  ///
  /// - Parameter store: Keeps every row and unit, from which an interrupted comparison resumes.
  package func callAsFunction(
    store: ResultStore, progress: @escaping (ExperimentEvent) -> Void = { _ in }
  ) throws -> Outcome {
    var packed: [String: PackedModel] = [:]
    var kept = store
    let result = try experiment(store: store, progress: progress) { key, model in
      packed[key] = model
      try kept.keep(model, key)
    }
    var files: [String: PackedModel] = [:]
    for entry in result.record.entries {
      files[Self.name(of: entry.cell)] = try packed[entry.key] ?? kept.packed(entry.key)
    }
    return Outcome(result: result, table: ComparisonTable(result), files: files)
  }

  /// The settings and both plans, one statement each.
  package var introduction: [String] {
    let (own, other) = (experiment.bytes(alone), experiment.bytes(mixQuant))
    let unused = 100 * Double(own - other) / Double(own)
    return experiment.settings + [
      "alone      two-width at \(experiment.design.targetBits[0]) bits, \(own) bytes, \(averageBits(alone))",
      "mixquant   \(mixQuant.rule), \(other) bytes, \(averageBits(mixQuant))"
        + String(format: ", %.2f %% of the bytes unused", unused),
    ]
      + (plansAreEqual ? ["note       both plans are the same: \(Self.noChoice)"] : [])
  }

  private func averageBits(_ plan: BitPlan) -> String {
    String(
      format: "%.3f bits over all layers, %.3f over those a plan may change", plan.averageBits(),
      plan.averageFreeBits(rules: experiment.design.recipe.rules, in: experiment.model.network))
  }

  /// Returns the two plans side by side, for a terminal of `width` columns.
  package func planTable(width: Int) -> String {
    let table = Table(
      alone.layers.indices,
      [
        .words("layer") { alone.layers[$0].name },
        .count("weights") { alone.layers[$0].weightCount },
        .number("alone") { alone.bitWidths[$0].description },
        .number("mixquant") { mixQuant.bitWidths[$0].description },
      ])
    return table.text(width: width)
  }

  /// The recipe, the plans and their sizes.
  package var outline: JSONObject {
    [
      "recipe": experiment.design.recipe, "layers": alone.layers.map(\.name),
      "uniform_bits": alone.bitWidths, "mixquant_bits": mixQuant.bitWidths,
      "uniform_bytes": experiment.bytes(alone), "mixquant_bytes": experiment.bytes(mixQuant),
    ]
  }
}
