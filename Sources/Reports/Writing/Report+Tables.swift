import Files
import Foundation

extension Table {
  /// Makes a table with a line per network.
  package init(networks rows: [Report.Row]) {
    let images = rows.first?.images ?? 0
    let scored = "\(Numbers.counted(images, "image")), with 95 % intervals"
    let caption =
      images == 0
      ? "Size and bits"
      : rows.count == 1 ? "Scored on \(scored)" : "Every network on the same \(scored)"
    let table = Table(
      caption: caption, rows,
      [
        .words("network") { $0.name }, .number("bits", "%.2f") { $0.averageBits },
        .number("free bits", "%.3f") { $0.averageFreeBits },
        .number("MiB", "%.3f") { $0.mebibytes },
        .number("top-1 %") { row in
          row.top1.map { Numbers.percent($0.value, low: $0.low, high: $0.high) }
        },
        .number("top-5 %", "%.2f") { $0.top5 },
        .number("KL") { $0.kl.map { Numbers.nats($0.value, low: $0.low, high: $0.high) } },
        .number("flips") { $0.flips.map(Numbers.short) },
        .number("seconds", "%.1f") { $0.seconds },
      ])
    self = table.withoutEmptyColumns
  }
}

extension Report {
  /// A line per layer: its bits in every plan.
  var planTable: Table {
    Table(
      caption: "Bits of every layer in every plan", plans.isEmpty ? 0..<0 : layers.indices,
      [
        .words("layer") { layers[$0].name }, .count("weights") { layers[$0].weightCount },
        .number("sensitivity") { layers[$0].sensitivity.map(Numbers.short) },
      ] + plans.map { plan in .count(plan.name) { plan.bits[$0] } }
    ).withoutEmptyColumns
  }

  /// A line per plan: its rule and its bytes.
  var ruleTable: Table {
    Table(
      caption: "The plans", plans,
      [.words("plan") { $0.name }, .count("bytes") { $0.bytes }, .words("rule") { $0.rule }])
  }

  /// A line per layer: its width, its error, and its shares of the bytes, the work and the time.
  func table(of costs: Costs) -> Table {
    let (byteShares, workShares) = (costs.byteShares, costs.workShares)
    let timeShares = costs.timeShares
    return Table(
      caption: "Every layer of \(costs.network); the error is the \(costs.errorName)",
      costs.layers.indices,
      [
        .words("layer") { layers[$0].name }, .count("weights") { layers[$0].weightCount },
        .count("bits") { costs.layers[$0].bits },
        .number("error") { costs.layers[$0].error.map(Numbers.short) },
        .count("bytes") { costs.layers[$0].bytes },
        .number("bytes %", "%.2f") { 100 * byteShares[$0] },
        .count("multiply-adds") { costs.layers[$0].multiplyAdds },
        .number("work %", "%.2f") { 100 * workShares[$0] },
        .number("time %", "%.2f") { index in timeShares.map { 100 * $0[index] } },
        .words("kernel") { costs.layers[$0].kernel },
      ]
    ).withoutEmptyColumns
  }

  /// A line per layer: its error at every width.
  func table(of errors: ErrorTable) -> Table {
    Table(
      caption: "\(errors.name) at every width".capitalizedSentence, zip(layers, errors.values),
      [.words("layer") { $0.0.name }]
        + errors.widths.indices.map { index in
          .number("\(errors.widths[index]) bits") { Numbers.short($0.1[index]) }
        })
  }

  /// A line per class: the share of its images that each network answers right.
  func table(of classes: Classes) -> Table {
    let networks = (classes.reference.map { [$0] } ?? []) + classes.networks
    let change = Table.Column<Int>.number("change", "%+.2f") {
      classes.accuracy(networks[1], $0) - classes.accuracy(networks[0], $0)
    }
    return Table(
      caption: "Top-1 of every class, %, the "
        + (classes.reference == nil ? "weakest class first" : "class that lost most first"),
      classes.worstFirst,
      [.words("class") { classes.names[$0] }, .count("images") { classes.images[$0] }]
        + networks.map { network in
          .number(network.name, "%.2f") { classes.accuracy(network, $0) }
        } + (classes.reference == nil ? [] : [change]))
  }
}

extension Report.Costs {
  /// Each layer's share of the bytes of all layers.
  var byteShares: [Double] {
    let sum = max(1, layers.reduce(0) { $0 + $1.bytes })
    return layers.map { Double($0.bytes) / Double(sum) }
  }

  /// Each layer's share of the multiply-adds of all layers.
  var workShares: [Double] {
    let sum = max(1, layers.reduce(0) { $0 + $1.multiplyAdds })
    return layers.map { Double($0.multiplyAdds) / Double(sum) }
  }

  /// Each layer's share of the engine's time; nil if no layer was timed.
  var timeShares: [Double]? {
    let sum = layers.reduce(otherSeconds) { $0 + ($1.seconds ?? 0) }
    return sum > 0 ? layers.map { ($0.seconds ?? 0) / sum } : nil
  }
}
