import Datasets
package import Files
package import Foundation
import Graphs
package import MixQuantKit
import Quantization
package import Reports

/// The numbers of the page about a packed file, for programs.
package struct PackedFileView: JSONRepresentable {
  private let packed: PackedModel
  private let report: Report
  private let accuracy: Accuracy?
  private let page: URL

  /// - Parameters:
  ///   - report: The report on `packed`.
  ///   - accuracy: The accuracy of the file; nil if it was not scored.
  ///   - page: The page, which exists.
  package init(_ packed: PackedModel, _ report: Report, accuracy: Accuracy?, page: URL) {
    (self.packed, self.report, self.accuracy, self.page) = (packed, report, accuracy, page)
  }

  package var jsonObject: JSONObject {
    [
      "page": page.path, "sentences": report.verdict, "notes": report.notes,
      "architecture": packed.network.network.name,
      "parameters": packed.network.network.parameterCount,
      "classes": packed.network.network.classCount, "transform": packed.transform.description,
      "bytes": packed.payloadBytes, "average_bits": packed.plan.averageBits(),
      "layers": layers, "other_seconds": report.costs.flatMap(otherSeconds),
      "codes": report.histograms.map(codes), "accuracy": accuracy.map(scores),
      "class_accuracy": report.classes.map(classes),
      "mistakes": report.confusion.map(mistakes), "provenance": packed.provenance,
    ]
  }

  private var layers: [JSONObject] {
    zip(report.layers, report.costs?.layers ?? []).map { layer, cost in
      [
        "name": layer.name, "weights": layer.weightCount, "bits": cost.bits,
        "relative_error": cost.error, "bytes": cost.bytes, "multiply_adds": cost.multiplyAdds,
        "kernel": cost.kernel, "seconds": cost.seconds,
      ]
    }
  }

  /// The time of the steps without weights, if it was measured.
  private func otherSeconds(_ costs: Report.Costs) -> Double? {
    costs.layers.contains { $0.seconds != nil } ? costs.otherSeconds : nil
  }

  private func codes(_ histogram: Report.WeightHistogram) -> JSONObject {
    ["layer": histogram.layer, "bits": histogram.bits, "counts": histogram.counts]
  }

  private func scores(_ accuracy: Accuracy) -> JSONObject {
    [
      "top1": accuracy.top1, "top1_interval": [accuracy.interval.low, accuracy.interval.high],
      "correct1": accuracy.correct1, "correct5": accuracy.correct5, "images": accuracy.images,
    ]
  }

  private func classes(_ classes: Report.Classes) -> [JSONObject] {
    classes.names.indices.map { index in
      [
        "name": classes.names[index], "images": classes.images[index],
        "correct1": classes.networks[0].correct[index],
      ]
    }
  }

  private func mistakes(_ confusion: Report.Confusion) -> [JSONObject] {
    confusion.mistakes.rows.map { row in
      ["class": row[0], "answer": row[1], "images": Int(row[2]) ?? 0]
    }
  }
}
