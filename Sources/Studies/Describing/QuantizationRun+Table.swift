package import MixQuantKit
import Quantization
import Reports

extension QuantizationRun {
  /// Returns the text of a dry run, for a terminal of `width` columns: the plan by layer and its size.
  package func planTable(width: Int) -> String {
    let table = Table(
      zip(plan.layers, plan.bitWidths),
      [
        .words("layer") { $0.0.name }, .count("weights") { $0.0.weightCount },
        .number("bits") { $0.1.description },
      ])
    let bytes = plan.payloadBytes(granularity: recipe.weights.granularity)
    return table.text(width: width) + activationTable(width)
      + "\n\nsize  \(bytes) bytes of codes, scales, zero points and biases"
  }

  private func activationTable(_ width: Int) -> String {
    guard !plan.activations.isEmpty else { return "" }
    let table = Table(
      plan.activations,
      [
        .words("activations") { $0.site }, .count("elements") { $0.elementCount },
        .number("bits") { $0.bitWidth.description },
      ])
    return "\n\n" + table.text(width: width)
  }
}
