import Allocation
import Datasets
import Files
import Foundation
import Graphs
package import MixQuant
import MixQuantKit
import Networks
import Quantization
import Reconstruction
package import Reports

/// Fills in a report: what the networks answered comes from the comparison, everything else is measured
/// on the model here.
package struct ReportBuilder: Sendable {
  private let experiment: Experiment
  private let errors: ErrorTable
  /// At two bits, the layers' sensitivity.
  private let sensitivity: ErrorTable

  private static let worstLayerCount = 4
  private static let thumbnailCount = 12
  private static let thumbnailSide = 96

  private var model: CheckpointModel { experiment.model }
  private var quantizer: WeightQuantizer { experiment.design.recipe.weights }
  private var evaluator: Evaluator { experiment.evaluator }

  /// - Parameter sensitivity: A table measured on images; without one, the roundoff errors serve.
  package init(_ experiment: Experiment, sensitivity: ErrorTable? = nil) {
    self.experiment = experiment
    errors = ErrorTable.roundoff(
      of: experiment.model.network, metric: .relative, quantizer: experiment.design.recipe.weights,
      context: experiment.context)
    self.sensitivity = sensitivity ?? errors
  }

  /// Returns the report on `networks`, in their order; throws if an image cannot be read again.
  /// - Parameter notes: Stand after the images left out and the audit.
  package func callAsFunction(
    _ result: ExperimentResult, _ networks: [ReportedNetwork], findings: [String],
    tests: [Table] = [], notes: [String] = []
  ) throws -> ComparisonReport {
    let record = result.record
    let leastTarget = networks.map(\.cell.targetBits).min()
    return ComparisonReport(
      subject: try subject(record),
      rows: [ComparisonReport.Row(fullPrecisionIn: record)] + networks.map(\.row),
      findings: findings, tests: tests, notes: result.skipped.lines + record.audit.lines + notes,
      layers: layers, sensitivityName: sensitivityName, plans: plans(of: networks),
      errors: errorTable,
      reconstructions: reconstructions(of: networks.filter { $0.cell.targetBits == leastTarget }),
      histograms: networks.last.map { histograms($0.score.plan) } ?? [],
      flips: try flips(record, networks))
  }

  private func subject(_ record: ExperimentRecord) throws -> ComparisonReport.Subject {
    let transform = evaluator.transform
    let fraction = transform.resize.flatMap { resize in
      transform.crop.map { Double($0) / Double(resize) }
    }
    return ComparisonReport.Subject(
      model: model.url.lastPathComponent.printable(), architecture: model.report.architecture,
      parameterCount: model.unfolded.parameterCount, imageSize: try imageSize(record),
      cropFraction: fraction ?? 1, interpolation: transform.interpolation.rawValue,
      evaluation: "\(record.images.count) images",
      calibration: experiment.design.calibrationDescription)
  }

  /// Returns the side of the network's input: the crop, or the size of a scored image if there is no crop.
  private func imageSize(_ record: ExperimentRecord) throws -> Int {
    let transform = evaluator.transform
    if let crop = transform.crop { return crop }
    let scored = evaluator.images.items.first { $0.name == record.images.first }
    return try scored.map { transform.outputSize(of: try evaluator.images.load($0)).height } ?? 0
  }

  private var layers: [ComparisonReport.Layer] {
    errors.layers.indices.map { index in
      ComparisonReport.Layer(
        name: errors.layers[index].name, weightCount: errors.layers[index].weightCount,
        sensitivity: sensitivity[index, 2])
    }
  }

  private var sensitivityName: String {
    sensitivity.quantity == .divergence
      ? "estimated KL divergence, in nats, that this layer at 2 bits leaves after reconstruction"
      : "\(sensitivity.quantity.name) roundoff error at 2 bits"
  }

  private var errorTable: ComparisonReport.ErrorTable {
    ComparisonReport.ErrorTable(
      name: "\(errors.quantity.name) roundoff error", widths: BitWidth.all.map(\.bits),
      values: errors.layers.indices.map { index in BitWidth.all.map { errors[index, $0] } })
  }

  /// Every plan once, however many methods and seeds used it.
  private func plans(of networks: [ReportedNetwork]) -> [ComparisonReport.Plan] {
    let hasTargets = Set(networks.map(\.cell.targetBits)).count > 1
    var plans: [ComparisonReport.Plan] = []
    for network in networks {
      let allocator = network.row.allocator
      let name = allocator + (hasTargets ? ", \(network.cell.targetBits) bits" : "")
      guard !plans.contains(where: { $0.name == name }) else { continue }
      plans.append(
        ComparisonReport.Plan(
          name: name, allocator: allocator, rule: network.score.plan.rule,
          bits: network.score.plan.bitWidths.map(\.bits), bytes: network.row.bytes))
    }
    return plans
  }

  /// The first of every allocator and method that learned anything.
  private func reconstructions(
    of networks: [ReportedNetwork]
  ) -> [ComparisonReport.Reconstruction] {
    var seen: Set<String> = []
    return networks.filter {
      seen.insert("\($0.row.allocator) \($0.row.method)").inserted && !$0.score.units.isEmpty
    }.map { network in
      ComparisonReport.Reconstruction(
        name: network.row.name,
        units: network.score.units.map {
          .init(name: $0.unit, before: $0.errorBefore, after: $0.errorAfter)
        })
    }
  }

  /// Returns histograms of the layers with the largest errors at their widths in `plan`.
  private func histograms(_ plan: BitPlan) -> [ComparisonReport.WeightHistogram] {
    let error = { (index: Int) in errors[index, plan.bitWidths[index]] }
    let worst = plan.layers.indices.sorted { (-error($0), $0) < (-error($1), $1) }
    return worst.prefix(Self.worstLayerCount).map { index in
      let weight = model.network.layers[index].weight
      let grids = quantizer.grids(
        for: weight, bitWidth: plan.bitWidths[index], context: evaluator.context)
      return .init(layer: plan.layers[index].name, weight: weight, grids: grids)
    }
  }
}

extension ReportBuilder {
  /// Counts the flipped images and shows those that most networks flipped, of those that learned their
  /// rounding if any did, for rounding to nearest flips whatever it likes.
  private func flips(
    _ record: ExperimentRecord, _ networks: [ReportedNetwork]
  ) throws -> ComparisonReport.Flips {
    let reference = record.fullPrecision.answers
    let learned = networks.filter { $0.cell.method.needsImages }
    let asked = learned.isEmpty ? networks : learned
    let counts = reference.indices.map { image in
      asked.count { $0.score.answers[image] != reference[image] }
    }
    let flipped = counts.indices.filter { counts[$0] > 0 }
    // Among equals, an image of every class comes before a second one of any class.
    var seen: [[Int]: Int] = [:]
    let places = flipped.map { image in
      let place = seen[[counts[image], record.labels[image]], default: 0]
      seen[[counts[image], record.labels[image]]] = place + 1
      return (image, place)
    }
    let order = places.sorted { (-counts[$0.0], $0.1, $0.0) < (-counts[$1.0], $1.1, $1.0) }
      .map(\.0)
    let items = Dictionary(
      evaluator.images.items.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let shown = try order.prefix(Self.thumbnailCount).compactMap { image in
      try items[record.images[image]].map { item in
        ComparisonReport.FlippedImage(
          name: item.name.printable(), truth: label(record.labels[image]),
          reference: label(reference[image]),
          answers: answers(image, reference[image], asked),
          thumbnail: try evaluator.images.thumbnail(of: item, side: Self.thumbnailSide))
      }
    }
    return ComparisonReport.Flips(
      imageCount: flipped.count, networkCount: asked.count, shown: shown)
  }

  /// Returns the answers to an image other than `expected`, each with the networks that gave it.
  private func answers(
    _ image: Int, _ expected: Int, _ networks: [ReportedNetwork]
  ) -> [ComparisonReport.FlippedImage.Answer] {
    let others = networks.filter { $0.score.answers[image] != expected }
    let groups = Dictionary(grouping: others) { $0.score.answers[image] }
    return groups.sorted { (-$0.value.count, $0.key) < (-$1.value.count, $1.key) }
      .map { .init(label: label($0.key), rows: $0.value.map(\.row.name)) }
  }

  /// A class of the network in words, as far as model or images know any.
  private func label(_ class_: Int) -> String {
    if let names = model.labelNames, names.indices.contains(class_) {
      return names[class_].printable()
    }
    let names = evaluator.images.classNames
    if let index = evaluator.classes.firstIndex(of: class_), names.indices.contains(index) {
      return names[index].printable()
    }
    return "class \(class_)"
  }
}
