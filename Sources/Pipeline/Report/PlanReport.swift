import Foundation
import MixQuant
package import Quantization
package import Tensors

/// A plan with everything that led to it, for people and as JSON.
package struct PlanReport: Encodable, Sendable {
  package let plan: BitWidthAssignment
  let filled: FilledPlan?
  let planner: Planner

  /// Throws where the goal cannot be met.
  package init(_ planner: Planner, goal: PlanGoal) throws(InputError) {
    self.planner = planner
    (plan, filled) = try planner(goal)
  }

  private func bytes(_ plan: BitWidthAssignment) -> Int {
    plan.payloadBytes(granularity: planner.quantizer.granularity)
  }

  /// The table with a bar a layer, then the sums.
  package var text: String {
    var table = Table([
      ("layer", .left), ("weights", .right), ("bits", .right), ("QE(b)/QE(8)", .right),
      ("width", .left),
    ])
    for row in plan.table(planner.errors) { table.append(row.cells) }
    var lines = [table.text, "", "plan          \(plan.rule)"]
    lines.append("rule          \(planner.rules.description(activationBits: nil))")
    if let filled {
      lines.append(
        String(
          format: "before fill   multiplier %.4f, %.3f bits, %d bytes", filled.multiplier,
          planner.averageFreeBits(filled.beforeFilling), bytes(filled.beforeFilling)))
      lines.append(
        "raised        "
          + (filled.raised.isEmpty ? "none" : filled.raised.joined(separator: " ")))
    }
    lines.append(
      String(
        format: "average bits  %.3f over the layers the plan may change, %.3f over all",
        planner.averageFreeBits(plan), plan.averageBits()))
    lines.append(
      String(
        format: "size          %d bytes (%.3f MiB) of codes, scales, zero points and biases",
        bytes(plan), Double(bytes(plan)) / 1_048_576))
    return lines.joined(separator: "\n")
  }

  private enum CodingKeys: String, CodingKey {
    case model, rule, metric, layers, bytes, raised, multiplier
    case averageBits = "average_bits"
    case averageFreeBits = "average_free_bits"
    case bitsBeforeFilling = "bits_before_filling"
    case bytesBeforeFilling = "bytes_before_filling"
  }

  private struct Layer: Encodable {
    let layer: String
    let weights: Int
    let bits: BitWidth
    /// Absent where it is infinite.
    let errorRatio: Double?

    private enum CodingKeys: String, CodingKey {
      case layer, weights, bits
      case errorRatio = "error_ratio"
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(plan.model, forKey: .model)
    try values.encode(plan.rule, forKey: .rule)
    try values.encode(planner.errors.metric, forKey: .metric)
    try values.encode(bytes(plan), forKey: .bytes)
    try values.encode(plan.averageBits(), forKey: .averageBits)
    try values.encode(planner.averageFreeBits(plan), forKey: .averageFreeBits)
    try values.encodeIfPresent(filled?.raised, forKey: .raised)
    try values.encodeIfPresent(
      filled.map(\.multiplier).flatMap { $0.isFinite ? $0 : nil }, forKey: .multiplier)
    try values.encodeIfPresent(filled?.beforeFilling.bitWidths, forKey: .bitsBeforeFilling)
    try values.encodeIfPresent(
      filled.map { bytes($0.beforeFilling) }, forKey: .bytesBeforeFilling)
    let layers = plan.table(planner.errors).map { row in
      Layer(
        layer: row.layer, weights: row.weightCount, bits: row.bitWidth,
        errorRatio: row.errorRatio.isFinite ? row.errorRatio : nil)
    }
    try values.encode(layers, forKey: .layers)
  }
}
