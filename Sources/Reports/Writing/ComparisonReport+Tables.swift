import Files
import Foundation

extension ComparisonReport {
  /// A line a network, full precision first.
  var rowTable: DataTable {
    var table = DataTable(
      "Every network on the same \(Numbers.counted(rows.first?.images ?? 0, "image")), with 95 % intervals",
      [
        ("network", .words), ("bits", .numbers), ("MiB", .numbers), ("top-1 %", .numbers),
        ("top-5 %", .numbers), ("KL", .numbers), ("flips", .numbers), ("seconds", .numbers),
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

  /// The statistics, a table a question.
  var testTables: [DataTable] {
    tests.map { test in
      let columns = test.headings.enumerated().map { index, heading in
        let isNumber = test.rows.contains { $0[index].first?.isLetter != true }
        return (heading, isNumber ? DataTable.Column.numbers : .words)
      }
      var table = DataTable(test.question, columns)
      for row in test.rows { table.append(row) }
      return table
    }
  }

  /// A line a layer: its bits in every plan.
  var planTable: DataTable {
    let hasSensitivity = layers.contains { $0.sensitivity != nil }
    var table = DataTable(
      "Bits of every layer in every plan",
      [("layer", .words), ("weights", .numbers)]
        + (hasSensitivity ? [("sensitivity", .numbers)] : [])
        + plans.map { ($0.name, .numbers) })
    for (index, layer) in layers.enumerated() {
      let sensitivity = layer.sensitivity.map(Numbers.short) ?? "–"
      table.append(
        [layer.name, String(layer.weightCount)] + (hasSensitivity ? [sensitivity] : [])
          + plans.map { String($0.bits[index]) })
    }
    return table
  }

  /// A line a plan: how it came about and what it weighs.
  var ruleTable: DataTable {
    var table = DataTable("The plans", [("plan", .words), ("bytes", .numbers), ("rule", .words)])
    for plan in plans { table.append([plan.name, String(plan.bytes), plan.rule]) }
    return table
  }

  /// A line a layer: its error at every width.
  func table(of errors: ErrorTable) -> DataTable {
    var table = DataTable(
      "\(errors.name) at every width".capitalizedSentence,
      [("layer", .words)] + errors.widths.map { ("\($0) bits", .numbers) })
    for (layer, values) in zip(layers, errors.values) {
      table.append([layer.name] + values.map(Numbers.short))
    }
    return table
  }

  /// A line a unit: its error before and after, in every network that learned.
  var reconstructionTable: DataTable {
    var table = DataTable(
      "Error of every unit's output before and after learning",
      [("network", .words), ("unit", .words), ("before", .numbers), ("after", .numbers)])
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
