package import MixQuantKit
import Quantization
import Reports

extension QuantizationRun {
  /// The text of a dry run: the plan by layer and its size.
  package var planTable: String {
    var table = Table([("layer", .left), ("weights", .right), ("bits", .right)])
    for (layer, bits) in zip(plan.layers, plan.bitWidths) {
      table.append([layer.name, String(layer.weightCount), bits.description])
    }
    let bytes = plan.payloadBytes(granularity: recipe.weights.granularity)
    return table.text + activationTable
      + "\n\nsize  \(bytes) bytes of codes, scales, zero points and biases"
  }

  private var activationTable: String {
    guard !plan.activations.isEmpty else { return "" }
    var table = Table([("activations", .left), ("elements", .right), ("bits", .right)])
    for planned in plan.activations {
      table.append([planned.site, String(planned.elementCount), planned.bitWidth.description])
    }
    return "\n\n" + table.text
  }
}
