import Files
import Foundation

extension Report {
  /// A line per network, full precision first.
  var rowTable: Table {
    let images = rows.first?.images ?? 0
    let caption =
      images > 0
      ? "Every network on the same \(Numbers.counted(images, "image")), with 95 % intervals"
      : "Size and bits"
    var table = Table(
      caption: caption,
      [
        ("network", .left), ("bits", .right), ("MiB", .right), ("top-1 %", .right),
        ("top-5 %", .right), ("KL", .right), ("flips", .right), ("seconds", .right),
      ])
    for row in rows {
      let kl = row.kl.map { Numbers.nats($0.value, low: $0.low, high: $0.high) }
      table.append([
        row.name, Numbers.percent(row.averageBits), String(format: "%.3f", row.mebibytes),
        row.top1.map { Numbers.interval($0, decimals: 2) } ?? Table.absent,
        row.top5.map(Numbers.percent) ?? Table.absent, kl ?? Table.absent,
        row.flips.map(Numbers.short) ?? Table.absent,
        row.seconds.map { String(format: "%.1f", $0) } ?? Table.absent,
      ])
    }
    return table.withoutEmptyColumns
  }

  /// A line per layer: its bits in every plan.
  var planTable: Table {
    var table = Table(
      caption: "Bits of every layer in every plan",
      [("layer", .left), ("weights", .right), ("sensitivity", .right)]
        + plans.map { ($0.name, .right) })
    guard !plans.isEmpty else { return table }
    for (index, layer) in layers.enumerated() {
      table.append(
        [
          layer.name, String(layer.weightCount),
          layer.sensitivity.map(Numbers.short) ?? Table.absent,
        ] + plans.map { String($0.bits[index]) })
    }
    return table.withoutEmptyColumns
  }

  /// A line per plan: its rule and its bytes.
  var ruleTable: Table {
    var table = Table(caption: "The plans", [("plan", .left), ("bytes", .right), ("rule", .left)])
    for plan in plans { table.append([plan.name, String(plan.bytes), plan.rule]) }
    return table
  }

  /// A line per layer: its width, its error, and its shares of the bytes and of the time.
  func table(of costs: Costs) -> Table {
    var table = Table(
      caption: "Every layer of \(costs.network); the error is the \(costs.errorName)",
      [
        ("layer", .left), ("weights", .right), ("bits", .right), ("error", .right),
        ("bytes", .right), ("bytes %", .right), ("multiply-adds", .right), ("time %", .right),
        ("kernel", .left),
      ])
    for (index, layer) in costs.layers.enumerated() {
      table.append([
        layers[index].name, String(layers[index].weightCount), String(layer.bits),
        layer.error.map(Numbers.short) ?? Table.absent, String(layer.bytes),
        Numbers.percent(100 * costs.byteShares[index]), String(layer.multiplyAdds),
        costs.timeShares.map { Numbers.percent(100 * $0[index]) } ?? Table.absent,
        layer.kernel ?? Table.absent,
      ])
    }
    return table.withoutEmptyColumns
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

  /// A line per class: the share of its images that each network answers right.
  func table(of classes: Classes) -> Table {
    let networks = (classes.reference.map { [$0] } ?? []) + classes.networks
    var table = Table(
      caption: "Top-1 of every class, %, the class that lost most first",
      [("class", .left), ("images", .right)] + networks.map { ($0.name, .right) }
        + (classes.reference == nil ? [] : [("change", .right)]))
    for index in classes.worstFirst {
      let values = networks.map { classes.accuracy($0, index) }
      let change = classes.reference.map { _ in String(format: "%+.2f", values[1] - values[0]) }
      table.append(
        [classes.names[index], String(classes.images[index])] + values.map(Numbers.percent)
          + [change].compactMap(\.self))
    }
    return table
  }
}

extension Report.Costs {
  /// Each layer's share of the bytes of all layers.
  var byteShares: [Double] {
    let sum = max(1, layers.reduce(0) { $0 + $1.bytes })
    return layers.map { Double($0.bytes) / Double(sum) }
  }

  /// Each layer's share of the engine's time; nil if no layer was timed.
  var timeShares: [Double]? {
    let sum = layers.reduce(otherSeconds) { $0 + ($1.seconds ?? 0) }
    return sum > 0 ? layers.map { ($0.seconds ?? 0) / sum } : nil
  }
}
