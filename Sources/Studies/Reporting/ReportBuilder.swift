import Allocation
import Datasets
import Files
import Foundation
import Graphs
import MixQuant
import MixQuantKit
import Quantization
import Reconstruction
import Reports

/// Fills in a report: what the networks answered comes from the comparison, everything else is measured
/// on the model here.
struct ReportBuilder: Sendable {
  let experiment: Experiment
  private let command: String
  private let isTimed: Bool
  private let errors: ErrorTable
  /// At two bits, the layers' sensitivity.
  private let sensitivity: ErrorTable
  let names: ClassNames

  private static let worstLayerCount = 4
  private static let classColumns = 4

  private var model: CheckpointModel { experiment.model }
  private var quantizer: WeightQuantizer { experiment.design.recipe.weights }
  var evaluator: Evaluator { experiment.evaluator }

  /// - Parameters:
  ///   - sensitivity: A table measured on images; without one, the roundoff errors serve.
  ///   - command: The command line.
  ///   - isTimed: True to time the layers of the best network.
  init(
    _ experiment: Experiment, sensitivity: ErrorTable? = nil, command: String = "", isTimed: Bool
  ) {
    self.experiment = experiment
    (self.command, self.isTimed) = (command, isTimed)
    errors = ErrorTable.roundoff(
      of: experiment.model.network, metric: .relative, quantizer: experiment.design.recipe.weights,
      context: experiment.context)
    self.sensitivity = sensitivity ?? errors
    names = ClassNames(
      experiment.model.labelDescriptions ?? experiment.model.labelNames, experiment.evaluator)
  }

  /// Returns the report on an experiment; throws if an image cannot be read again.
  ///
  /// - Parameter file: Returns the packed file of a row if it is kept.
  func callAsFunction(
    _ result: ExperimentResult, _ outcome: ExperimentOutcome,
    file: (SummaryRow) throws -> PackedModel?
  ) throws -> Report {
    let (record, verdict) = (result.record, outcome.verdict)
    let networks = outcome.experiments.flatMap(\.rows)
    let ranked = networks.sorted {
      ($0.figures.kl?.value ?? .infinity) < ($1.figures.kl?.value ?? .infinity)
    }
    var report = Report(
      title: "\(model.url.lastPathComponent.printable()), quantized \(networks.count) ways",
      subject: try subject(record))
    report.rows = outcome.experiments.flatMap(\.networks)
    if !isTimed { for index in report.rows.indices { report.rows[index].seconds = nil } }
    report.tests = verdict.tables
    report.notes =
      (result.skipped.lines + record.audit.lines).map(\.asSentence)
      + (verdict.tables.isEmpty ? [] : [Verdict.legend])
    (report.layers, report.sensitivityName) = (layers, sensitivityName)
    report.plans = plans(of: networks)
    report.errors = errorTable
    let leastTarget = networks.map(\.cell.targetBits).min()
    report.reconstructions = reconstructions(
      of: networks.filter { $0.cell.targetBits == leastTarget })
    report.histograms = networks.last.map { histograms($0.score.plan) } ?? []
    report.flips = try flips(record, networks)
    if let best = ranked.first {
      report.verdict =
        [PlainWords.best(best, in: record)] + (verdict.answers.isEmpty ? [] : verdict.sentences)
        + [PlainWords.unlearned(networks)].compactMap(\.self)
      report.costs = costs(of: best, try file(best))
      add(ranked, record, to: &report)
    }
    report.addOrigin(origin(record))
    return report
  }

  /// Adds what the networks answered, class by class; those closest to full precision come first.
  private func add(
    _ ranked: [SummaryRow], _ record: ExperimentRecord, to report: inout Report
  ) {
    let answers = ranked.prefix(Self.classColumns)
      .map { NamedAnswers(name: $0.figures.name, answers: $0.score.answers) }
    let reference = record.fullPrecision.answers
    report.classes = Report.Classes(
      labels: record.labels, reference: NamedAnswers(name: "full-precision", answers: reference),
      networks: answers, names: names)
    report.confusion = Report.Confusion(
      answers[0], labels: record.labels, reference: reference, names: names)
  }

  /// Returns the costs of a network's layers, with the kernels of its own codes if its file is known.
  private func costs(of network: SummaryRow, _ file: PackedModel?) -> Report.Costs {
    let plan = network.score.plan
    // Activations decide the kernels, and only the file knows their grids.
    let isFloat =
      experiment.design.recipe.activationBits == nil && experiment.design.activations == nil
    let classifier =
      file.map { Classifier($0.network) } ?? (isFloat ? Classifier(model.network) : nil)
    return Report.Costs(
      network.figures.name, plan: plan,
      bytes: plan.layers.indices.map {
        plan.layers[$0].payloadBytes(
          bitWidth: plan.bitWidths[$0], granularity: quantizer.granularity)
      },
      errors: plan.layers.indices.map { errors[$0, plan.bitWidths[$0]] },
      errorName: "\(errors.quantity.name) roundoff error", network: model.network,
      inputSize: evaluator.transform.usualInputSize,
      work: classifier.map {
        LayerWork(
          $0, transform: evaluator.transform, isTimed: isTimed, context: experiment.context)
      })
  }

  private func origin(_ record: ExperimentRecord) -> [(String, String)] {
    let design = experiment.design
    return [
      ("command", command), ("program", Build.currentLine),
      ("model", "\(record.model), SHA-256 \(model.digest)"),
      ("folded network", "SHA-256 \(record.network)"),
      ("scored on", "\(record.images.count) images, SHA-256 \(record.evaluation)"),
      (
        "calibrated on",
        "\(design.calibrationDescription), SHA-256 "
          + experiment.calibration.map(\.digest).joined(separator: ", ")
      ),
      ("transform", evaluator.transform.description),
      (
        "rule",
        design.recipe.rules.description(
          activationBits: design.recipe.activationBits, arePlanned: design.activations != nil)
      ),
      ("recipe", json(design.recipe)),
    ]
  }

  private func subject(_ record: ExperimentRecord) throws -> Report.Subject {
    Report.Subject(
      model: model.url.lastPathComponent.printable(), architecture: model.architecture,
      parameterCount: model.unfolded.parameterCount, imageSize: try imageSize(record),
      transform: evaluator.transform,
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

  private var layers: [Report.Layer] {
    errors.layers.indices.map { index in
      Report.Layer(
        name: errors.layers[index].name, weightCount: errors.layers[index].weightCount,
        sensitivity: sensitivity[index, 2])
    }
  }

  private var sensitivityName: String {
    sensitivity.quantity == .divergence
      ? "estimated KL divergence, in nats, that this layer at 2 bits leaves after reconstruction"
      : "\(sensitivity.quantity.name) roundoff error at 2 bits"
  }

  private var errorTable: Report.ErrorTable {
    Report.ErrorTable(
      name: "\(errors.quantity.name) roundoff error", widths: BitWidth.all.map(\.bits),
      values: errors.layers.indices.map { index in BitWidth.all.map { errors[index, $0] } })
  }

  /// Every plan once, and of random fills the first; a plan that depends on the method is named after it too.
  private func plans(of networks: [SummaryRow]) -> [Report.Plan] {
    let hasTargets = Set(networks.map(\.cell.targetBits)).count > 1
    var plans: [Report.Plan] = []
    for network in networks {
      let (plan, allocator) = (network.score.plan, network.figures.allocator)
      let namesakes = networks.filter {
        $0.figures.allocator == allocator && $0.cell.targetBits == network.cell.targetBits
      }
      let isOne =
        allocator == ExperimentDesign.random
        || Set(namesakes.map(\.score.plan.bitWidths)).count == 1
      let name =
        allocator + (isOne ? "" : " for \(network.figures.method)")
        + (hasTargets ? " at \(network.cell.targetBits) bits" : "")
      guard !plans.contains(where: { $0.name == name }) else { continue }
      plans.append(
        Report.Plan(
          name: name, allocator: allocator, rule: plan.rule,
          bits: plan.bitWidths.map(\.bits), bytes: network.figures.bytes))
    }
    return plans
  }

  /// The first of every allocator and method that learned anything.
  private func reconstructions(
    of networks: [SummaryRow]
  ) -> [Report.Reconstruction] {
    var seen: Set<String> = []
    return networks.filter {
      seen.insert("\($0.figures.allocator) \($0.figures.method)").inserted
        && !$0.score.units.isEmpty
    }.map { network in
      Report.Reconstruction(
        name: network.figures.name,
        units: network.score.units.map {
          .init(name: $0.unit, before: $0.errorBefore, after: $0.errorAfter)
        })
    }
  }

  /// Returns histograms of the layers with the largest errors at their widths in `plan`.
  private func histograms(_ plan: BitPlan) -> [Report.WeightHistogram] {
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
