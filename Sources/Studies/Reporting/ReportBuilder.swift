package import MixQuantKit
import Files
internal import Reconstruction
import Datasets
import Foundation
package import Allocation
package import MixQuant
import Graphs
import Networks
package import Quantization
package import Reports
import Tensors

/// Fills in a report: what the networks answered comes from the comparison, everything else is measured
/// on the model here.
package struct ReportBuilder: Sendable {
  let model: CheckpointModel
  let quantizer: WeightQuantizer
  let evaluator: Evaluator
  /// The images that quantization saw, in words.
  let calibration: String
  let errors: ErrorTable
  /// At two bits, what the layers' sensitivity is.
  let sensitivity: ErrorTable

  private static let worstLayerCount = 4
  private static let thumbnailCount = 12
  private static let thumbnailSide = 96

  /// - Parameter sensitivity: a table measured on images; without one, the roundoff errors serve.
  package init(
    _ model: CheckpointModel, quantizer: WeightQuantizer, evaluator: Evaluator,
    calibration: String, sensitivity: ErrorTable? = nil
  ) {
    self.model = model
    self.quantizer = quantizer
    self.evaluator = evaluator
    self.calibration = calibration
    errors = ErrorTable.roundoff(
      of: model.network, metric: .relative, quantizer: quantizer, workers: evaluator.workers)
    self.sensitivity = sensitivity ?? errors
  }

  /// The report on `networks`, in their order; throws where an image cannot be read again.
  package func callAsFunction(
    _ reference: ReportedReference, _ networks: [ReportedNetwork], findings: [String],
    tests: [ComparisonReport.TestTable] = [], notes: [String]
  ) throws -> ComparisonReport {
    let count = reference.names.count
    let leastTarget = networks.map(\.targetBits).min()
    return ComparisonReport(
      subject: try subject(reference),
      rows: [reference.row(bytes: model.payloadBytes)]
        + networks.map { $0.row(imageCount: count) },
      findings: findings, tests: tests, notes: notes, layers: layers,
      sensitivityName: sensitivityName, plans: plans(of: networks),
      errors: errorTable,
      reconstructions: reconstructions(of: networks.filter { $0.targetBits == leastTarget }),
      histograms: networks.last.map { histograms($0.plan) } ?? [],
      flips: try flips(reference, networks))
  }

  private func subject(_ reference: ReportedReference) throws -> ComparisonReport.Subject {
    let transform = evaluator.transform
    let fraction = transform.resize.flatMap { resize in
      transform.crop.map { Double($0) / Double(resize) }
    }
    return ComparisonReport.Subject(
      model: model.url.lastPathComponent.printable(), architecture: model.report.architecture,
      parameterCount: model.unfolded.parameterCount, imageSize: try imageSize(reference),
      cropFraction: fraction ?? 1, interpolation: transform.interpolation.rawValue,
      evaluation: "\(reference.names.count) images", calibration: calibration)
  }

  /// The side of the network's input: the crop, or without one what an image that was scored comes to.
  private func imageSize(_ reference: ReportedReference) throws -> Int {
    let transform = evaluator.transform
    if let crop = transform.crop { return crop }
    let scored = evaluator.images.items.first { $0.name == reference.names.first }
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
    let targets = Set(networks.map(\.targetBits))
    var plans: [ComparisonReport.Plan] = []
    for network in networks {
      let name =
        network.allocator + (targets.count > 1 ? ", \(network.targetBits) bits" : "")
      guard !plans.contains(where: { $0.name == name }) else { continue }
      plans.append(
        ComparisonReport.Plan(
          name: name, allocator: network.allocator, rule: network.plan.rule,
          bits: network.plan.bitWidths.map(\.bits), bytes: network.bytes))
    }
    return plans
  }

  /// The first of every allocator and method.
  private func reconstructions(
    of networks: [ReportedNetwork]
  ) -> [ComparisonReport.Reconstruction] {
    var seen: Set<String> = []
    return networks.filter { seen.insert("\($0.allocator) \($0.method)").inserted }
      .compactMap(\.reconstruction)
  }

  /// The layers that suffer most from the widths that `plan` gives them.
  private func histograms(_ plan: BitPlan) -> [ComparisonReport.WeightHistogram] {
    let error = { (index: Int) in errors[index, plan.bitWidths[index]] }
    let worst = plan.layers.indices.sorted { (-error($0), $0) < (-error($1), $1) }
    return worst.prefix(Self.worstLayerCount).map { index in
      let weight = model.network.layers[index].weight
      let grids = quantizer.grids(
        for: weight, bitWidth: plan.bitWidths[index], workers: evaluator.workers)
      return .init(layer: plan.layers[index].name, weight: weight, grids: grids)
    }
  }
}

extension ReportBuilder {
  /// Counts the flipped images and shows those that most networks flipped, of those that learned their
  /// rounding if any did, for rounding to nearest flips whatever it likes.
  private func flips(
    _ reference: ReportedReference, _ networks: [ReportedNetwork]
  ) throws -> ComparisonReport.Flips {
    let learned = networks.filter { $0.method.needsImages }
    let asked = learned.isEmpty ? networks : learned
    let counts = reference.answers.indices.map { image in
      asked.count { $0.answers[image] != reference.answers[image] }
    }
    let flipped = counts.indices.filter { counts[$0] > 0 }
    // Of equals, an image of every class before a second one of any.
    var seen: [[Int]: Int] = [:]
    let places = flipped.map { image in
      let place = seen[[counts[image], reference.labels[image]], default: 0]
      seen[[counts[image], reference.labels[image]]] = place + 1
      return (image, place)
    }
    let order = places.sorted { (-counts[$0.0], $0.1, $0.0) < (-counts[$1.0], $1.1, $1.0) }
      .map(\.0)
    let items = Dictionary(
      evaluator.images.items.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let shown = try order.prefix(Self.thumbnailCount).compactMap { image in
      try items[reference.names[image]].map { item in
        ComparisonReport.FlippedImage(
          name: item.name.printable(), truth: label(reference.labels[image]),
          reference: label(reference.answers[image]),
          answers: answers(image, reference.answers[image], asked),
          thumbnail: try evaluator.images.thumbnail(of: item, side: Self.thumbnailSide))
      }
    }
    return ComparisonReport.Flips(
      imageCount: flipped.count, networkCount: asked.count, shown: shown)
  }

  /// The answers to an image other than `expected`, each with who gave it.
  private func answers(
    _ image: Int, _ expected: Int, _ networks: [ReportedNetwork]
  ) -> [ComparisonReport.FlippedImage.Answer] {
    let others = networks.filter { $0.answers[image] != expected }
    let groups = Dictionary(grouping: others) { $0.answers[image] }
    return groups.sorted { (-$0.value.count, $0.key) < (-$1.value.count, $1.key) }
      .map { .init(label: label($0.key), rows: $0.value.map(\.name)) }
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
