package import MixQuantKit
import Quantization
import Reports

extension QuantizationRun {
  /// Returns the text of a dry run, for a terminal of `width` columns: the plan by layer and its size.
  package func planTable(width: Int) -> String {
    var table = Table([("layer", .left), ("weights", .right), ("bits", .right)])
    for (layer, bits) in zip(plan.layers, plan.bitWidths) {
      table.append([layer.name, String(layer.weightCount), bits.description])
    }
    let bytes = plan.payloadBytes(granularity: recipe.weights.granularity)
    return table.text(width: width) + activationTable(width)
      + "\n\nsize  \(bytes) bytes of codes, scales, zero points and biases"
  }

  private func activationTable(_ width: Int) -> String {
    guard !plan.activations.isEmpty else { return "" }
    var table = Table([("activations", .left), ("elements", .right), ("bits", .right)])
    for planned in plan.activations {
      table.append([planned.site, String(planned.elementCount), planned.bitWidth.description])
    }
    return "\n\n" + table.text(width: width)
  }
}
