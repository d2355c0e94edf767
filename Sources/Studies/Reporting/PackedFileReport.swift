import Datasets
package import Execution
package import Files
package import Foundation
import Graphs
package import MixQuantKit
import Quantization
import Reconstruction
package import Reports
import Tensors

/// A report on one packed file: the same page as that of a comparison.
package struct PackedFileReport: Sendable {
  private let url: URL
  private let packed: PackedModel
  private let context: Context

  private static let worstLayerCount = 4

  /// - Parameter url: The file that `packed` was read from.
  package init(_ packed: PackedModel, at url: URL, context: Context) {
    (self.packed, self.url, self.context) = (packed, url, context)
  }

  /// Returns the report; throws if the file cannot be read again.
  ///
  /// - Parameters:
  ///   - scores: The images and the file's answers to them; nil if it was not scored.
  ///   - command: The command line.
  ///   - isTimed: True to time the layers. Only without times are two reports on a file the same.
  package func callAsFunction(
    scores: (subject: EvaluationSubject, result: EvaluationResult)? = nil, command: String = "",
    isTimed: Bool = false
  ) throws(InputError) -> Report {
    let network = packed.network.network
    let size = packed.transform.usualInputSize
    var report = Report(title: "\(name), a packed file", subject: subject(scores?.result))
    report.rows = [row(scores?.result)]
    report.layers = packed.plan.layers.map { .init(name: $0.name, weightCount: $0.weightCount) }
    report.costs = Report.Costs(
      name, plan: packed.plan, bytes: packed.layerBytes.map(\.total), errors: expectedErrors,
      errorName: "relative roundoff error to expect from the layer's grid",
      network: network, inputSize: size,
      work: LayerWork(
        Classifier(packed.network), transform: packed.transform, isTimed: isTimed, context: context)
    )
    report.histograms = worstLayers.map { index in
      Report.WeightHistogram(
        layer: packed.plan.layers[index].name, codes: packed.network.weights[index])
    }
    report.verdict = verdict(scores?.result)
    if let scores { add(scores, to: &report) }
    report.addOrigin(try origin(command))
    return report
  }

  private var name: String { url.lastPathComponent.printable() }

  private func subject(_ result: EvaluationResult?) -> Report.Subject {
    let (network, recipe) = (packed.network.network, packed.provenance.recipe)
    return Report.Subject(
      model: name, architecture: "\(network.name) with \(network.classCount) classes",
      parameterCount: network.parameterCount,
      imageSize: packed.transform.usualInputSize.height, transform: packed.transform,
      evaluation: result.map { "\($0.answers.names.count) images" } ?? "",
      calibration: packed.provenance.calibrationDigest == nil
        ? "" : "\(recipe.calibrationImages) images drawn by seed \(recipe.seed)")
  }

  private func row(_ result: EvaluationResult?) -> Report.Row {
    var row = Report.Row(
      name: name, allocator: "plan", method: packed.provenance.recipe.method.rawValue,
      bytes: packed.payloadBytes, averageBits: packed.plan.averageBits())
    if let accuracy = result?.accuracy {
      row.top1 = .init(accuracy.top1, accuracy.interval)
      row.top5 = packed.network.network.classCount > 5 ? accuracy.top5 : nil
      row.images = accuracy.images
    }
    return row
  }

  private func verdict(_ result: EvaluationResult?) -> [String] {
    let floats = MemoryLayout<Float>.size * packed.network.network.parameterCount
    let size = String(
      format: "%.2f bits per weight in %.3f MiB, %.1f times less than the %.3f MiB of float32.",
      packed.plan.averageBits(), packed.payloadBytes.mebibytes,
      Double(floats) / Double(max(1, packed.payloadBytes)), floats.mebibytes)
    let accuracy = result.map(\.accuracy).map {
      String(
        format: "It answers %.2f %% [%.2f, %.2f] of %d images right.", $0.top1, $0.interval.low,
        $0.interval.high, $0.images)
    }
    return ["\(name) has \(size)"] + [accuracy].compactMap(\.self)
      + ["It runs on \(Classifier(packed.network).engineDescription())."]
  }

  /// Adds the accuracy of each class and the mistakes.
  private func add(
    _ scores: (subject: EvaluationSubject, result: EvaluationResult), to report: inout Report
  ) {
    let answers = scores.result.answers
    let names = ClassNames(
      packed.labelDescriptions ?? packed.labelNames, scores.subject.evaluator)
    let named = NamedAnswers(name: name, answers: answers.classes)
    report.classes = Report.Classes(
      labels: answers.labels, reference: nil, networks: [named], names: names)
    report.confusion = Report.Confusion(
      named, labels: answers.labels, reference: nil, names: names)
    let choice = packed.provenance.selection?.line(evaluation: scores.subject.evaluator.images)
    report.notes = (scores.result.skipped.lines + [choice].compactMap(\.self)).map(\.asSentence)
  }

  private func origin(_ command: String) throws(InputError) -> [(String, String)] {
    let provenance = packed.provenance
    return [
      ("command", command), ("program", Build.currentLine),
      ("file", "\(name), SHA-256 \(try SHA256.hexDigest(ofFile: url))"),
      ("made by", provenance.build.line),
      ("from the checkpoint", "SHA-256 \(provenance.modelDigest)"),
      ("calibrated on", provenance.calibrationDigest.map { "SHA-256 \($0)" } ?? ""),
      ("chosen by", provenance.selection.map { json($0) } ?? ""),
      ("plan", packed.plan.rule), ("transform", packed.transform.description),
      (
        "rule",
        provenance.recipe.rules.description(
          activationBits: provenance.recipe.activationBits,
          arePlanned: !packed.plan.activations.isEmpty)
      ),
      ("recipe", json(provenance.recipe)),
    ]
  }
}

extension PackedFileReport {
  /// The error that rounding to grids of these steps has in the mean, relative to each layer's weights.
  ///
  /// Rounding with step s leaves errors spread evenly over ±s/2, whose mean square is s²/12.
  private var expectedErrors: [Double] {
    packed.network.weights.map { weights in
      let values = weights.dequantized().scalars
      let energy = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
      let steps = weights.grids.reduce(0) { $0 + Double($1.scale) * Double($1.scale) }
      return (steps / (12 * Double(weights.grids.count)) / max(energy, .leastNormalMagnitude))
        .squareRoot()
    }
  }

  /// The layers with the largest errors, the worst first.
  private var worstLayers: [Int] {
    let errors = expectedErrors
    return Array(
      errors.indices.sorted { (-errors[$0], $0) < (-errors[$1], $1) }.prefix(Self.worstLayerCount))
  }
}

extension Report.WeightHistogram {
  /// Counts how often each code of a layer is used.
  fileprivate init(layer: String, codes: QuantizedTensor) {
    let bits = codes.bitWidth.bits
    var counts = [Int](repeating: 0, count: 1 << bits)
    for code in codes.codes { counts[Int(code)] += 1 }
    self.init(layer: layer, bits: bits, start: -0.5, binsPerCode: 1, counts: counts)
  }
}
