package import Allocation
package import Files
import Foundation
import Graphs
import MixQuant
package import MixQuantKit
package import Quantization
import Reports

/// A plan with the limit and the errors that led to it, as text and as JSON.
package struct PlanReport: JSONRepresentable, Sendable {
  package let plan: BitPlan
  let allocator: Allocator
  let goal: PlanGoal
  let filled: FilledPlan?
  let planner: Planner

  /// Makes MixQuant's plan; throws `usage` if the goal cannot be met.
  package init(_ planner: Planner, goal: PlanGoal) throws(InputError) {
    self.planner = planner
    self.goal = goal
    allocator = .mixQuant
    (plan, filled) = try planner(goal)
  }

  /// Makes the plan of `allocator`, whose table `planner` must have measured.
  ///
  /// - Parameter activationBits: The largest mean width of activations; nil if they are not planned or
  ///   share `budget`.
  /// - Throws: `usage` if the budget is too small.
  package init(
    _ planner: Planner, allocator: Allocator, budget: BitBudget, activationBits: Double? = nil,
    seed: UInt64
  ) throws(InputError) {
    self.planner = planner
    self.allocator = allocator
    goal = .budget(budget)
    if allocator == .mixQuant, planner.activations == nil {
      (plan, filled) = try planner(goal)
    } else {
      plan = try planner(
        allocator, budget: budget, activationBits: activationBits, seed: seed)
      filled = nil
    }
  }

  private var errors: ErrorTable { planner.errors(of: allocator.table) }

  private var activationErrors: ErrorTable? {
    plan.activations.isEmpty ? nil : planner.activationErrors(of: allocator.table)
  }

  private var secondsErrorTable: Double { planner.secondsToMeasure(allocator.table) }

  private func bytes(_ plan: BitPlan) -> Int {
    plan.payloadBytes(granularity: planner.quantizer.granularity)
  }

  /// The bit-operations per image and their limit, if they are the budget.
  private var bitOperations: (used: Int, limit: Int)? {
    guard case .budget(let budget) = goal, case .bitOperations(let limit, _, _) = budget else {
      return nil
    }
    return (Int(budget.used(by: plan, granularity: planner.quantizer.granularity)), limit)
  }
}

extension PlanReport {
  /// Returns the plan as text: a table with a bar for each layer, then totals.
  ///
  /// - Parameter width: The number of columns that tables may take.
  package func text(width: Int = .max) -> String {
    var lines = [
      Self.table("layer", "weights", errors, plan.table(errors)).text(width: width), "",
    ]
    if let activationErrors {
      let rows = plan.activationTable(activationErrors)
      lines += [
        Self.table("activations", "elements", activationErrors, rows).text(width: width), "",
      ]
    }
    lines.append("plan          \(plan.rule)")
    let rule = planner.rules.description(
      activationBits: nil, arePlanned: !plan.activations.isEmpty)
    lines.append("rule          \(rule)")
    lines += pinnedLines + fillingLines
    lines.append(
      String(
        format: "average bits  %.3f over the layers the plan may change, %.3f over all",
        planner.averageFreeBits(plan), plan.averageBits()))
    lines += activationLines
    lines.append(
      String(
        format: "size          %d bytes (%.3f MiB) of codes, scales, zero points and biases",
        bytes(plan), bytes(plan).mebibytes))
    if let bitOperations {
      lines.append(
        "operations    \(bitOperations.used) bit-operations per image, at most \(bitOperations.limit)"
      )
    }
    lines.append(String(format: "error table   %.3f s", secondsErrorTable))
    return lines.joined(separator: "\n")
  }

  private static func table(
    _ name: String, _ count: String, _ errors: ErrorTable, _ rows: [PlanRow]
  ) -> Table {
    Table(
      rows,
      [
        .words(name) { $0.name }, .count(count) { $0.count },
        .number("bits") { $0.bitWidth.description },
        .number(errors.quantity.title) { $0.errorText },
        .words("width") { TextBars.bar(Double($0.bitWidth.bits) / 8, width: 8) },
      ])
  }

  /// The line on layers whose pinned width differs from the rules, if there are any.
  private var pinnedLines: [String] {
    let ruled = planner.rules.pinned(in: planner.model.network)
    return Self.pinnedLine("pinned", plan.layers.map(\.name), planner.pinned, ruled)
  }

  private var activationLines: [String] {
    guard let choices = planner.activations else { return [] }
    let ruled = planner.rules.pinnedActivations(in: planner.model.network)
    return Self.pinnedLine("pinned sites", choices.sites.map(\.site), choices.pinned, ruled) + [
      String(
        format:
          "activations   %.3f bits on average over the sites the plan may change, %.3f over all",
        planner.averageFreeActivationBits(plan), plan.averageActivationBits())
    ]
  }

  private static func pinnedLine(
    _ title: String, _ names: [String], _ pinned: [String: BitWidth], _ ruled: [String: BitWidth]
  ) -> [String] {
    let pins = names.compactMap { name in
      pinned[name].flatMap { $0 == ruled[name] ? nil : "\(name)=\($0)" }
    }
    guard !pins.isEmpty else { return [] }
    return [title.padding(toLength: 14, withPad: " ", startingAt: 0) + pins.joined(separator: " ")]
  }

  private var fillingLines: [String] {
    guard let filled else { return [] }
    return [
      String(
        format: "before fill   multiplier %.4f, %.3f bits, %d bytes", filled.multiplier,
        planner.averageFreeBits(filled.beforeFilling), bytes(filled.beforeFilling)),
      "raised        " + (filled.raised.isEmpty ? "none" : filled.raised.joined(separator: " ")),
    ]
  }
}

extension PlanReport {
  package var jsonObject: JSONObject {
    let layers = plan.table(errors).map {
      $0.jsonObject(
        ("layer", "weights", errors.quantity.key), isPinned: planner.pinned[$0.name] != nil)
    }
    let sites = activationErrors.map { errors in
      plan.activationTable(errors).map {
        $0.jsonObject(
          ("site", "elements", errors.quantity.key),
          isPinned: planner.activations?.pinned[$0.name] != nil)
      }
    }
    return [
      "model": plan.model, "allocator": allocator, "rule": plan.rule,
      "metric": errors.quantity.name, "candidates": planner.candidates, "bytes": bytes(plan),
      "average_bits": plan.averageBits(), "average_free_bits": planner.averageFreeBits(plan),
      "bit_operations": bitOperations?.used, "seconds_error_table": secondsErrorTable,
      "raised": filled?.raised, "multiplier": filled.flatMap { $0.multiplier.finite },
      "bits_before_filling": filled?.beforeFilling.bitWidths,
      "bytes_before_filling": filled.map { bytes($0.beforeFilling) }, "layers": layers,
      "activations": sites,
      "average_free_activation_bits": sites.map { _ in planner.averageFreeActivationBits(plan) },
    ]
  }
}

extension PlanRow {
  /// Returns the row with the keys of a layer or a site; the error is absent if it is not finite.
  fileprivate func jsonObject(
    _ keys: (name: String, count: String, error: String), isPinned: Bool
  ) -> JSONObject {
    [
      keys.name: name, keys.count: count, "bits": bitWidth, "pinned": isPinned,
      keys.error: error.finite,
    ]
  }
}

extension Double {
  /// The number if it is finite, or nil, which JSON leaves out.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
