import Files
import Foundation

extension ComparisonReport {
  /// A line per network, full precision first.
  var rowTable: Table {
    let images = Numbers.counted(rows.first?.images ?? 0, "image")
    var table = Table(
      caption: "Every network on the same \(images), with 95 % intervals",
      [
        ("network", .left), ("bits", .right), ("MiB", .right), ("top-1 %", .right),
        ("top-5 %", .right), ("KL", .right), ("flips", .right), ("seconds", .right),
      ])
    for row in rows {
      table.append([
        row.name, Numbers.percent(row.averageBits), String(format: "%.3f", row.mebibytes),
        Numbers.interval(row.top1, decimals: 2), row.top5.map(Numbers.percent) ?? "–",
        row.isFullPrecision ? "0" : Numbers.nats(row.kl.value, low: row.kl.low, high: row.kl.high),
        Numbers.short(row.flips),
        row.isFullPrecision ? "–" : String(format: "%.1f", row.seconds),
      ])
    }
    return table
  }

  /// A line per layer: its bits in every plan.
  var planTable: Table {
    let hasSensitivity = layers.contains { $0.sensitivity != nil }
    var table = Table(
      caption: "Bits of every layer in every plan",
      [("layer", .left), ("weights", .right)]
        + (hasSensitivity ? [("sensitivity", .right)] : [])
        + plans.map { ($0.name, .right) })
    for (index, layer) in layers.enumerated() {
      let sensitivity = layer.sensitivity.map(Numbers.short) ?? "–"
      table.append(
        [layer.name, String(layer.weightCount)] + (hasSensitivity ? [sensitivity] : [])
          + plans.map { String($0.bits[index]) })
    }
    return table
  }

  /// A line per plan: its rule and its bytes.
  var ruleTable: Table {
    var table = Table(caption: "The plans", [("plan", .left), ("bytes", .right), ("rule", .left)])
    for plan in plans { table.append([plan.name, String(plan.bytes), plan.rule]) }
    return table
  }

  /// A line per layer: its error at every width.
  func table(of errors: ErrorTable) -> Table {
    var table = Table(
      caption: "\(errors.name) at every width".capitalizedSentence,
      [("layer", .left)] + errors.widths.map { ("\($0) bits", .right) })
    for (layer, values) in zip(layers, errors.values) {
      table.append([layer.name] + values.map(Numbers.short))
    }
    return table
  }

  /// A line per unit: its error before and after, in every network that learned.
  var reconstructionTable: Table {
    var table = Table(
      caption: "Error of every unit's output before and after learning",
      [("network", .left), ("unit", .left), ("before", .right), ("after", .right)])
    for reconstruction in reconstructions {
      for unit in reconstruction.units {
        table.append([
          reconstruction.name, unit.name, Numbers.short(unit.before), Numbers.short(unit.after),
        ])
      }
    }
    return table
  }
}
