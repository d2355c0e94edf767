package import MixQuantKit
import Foundation
package import Quantization
package import Reconstruction
package import Reports

/// One quantized network as a report needs it, whoever made it.
package struct ReportedNetwork: Sendable {
  package var name: String
  /// Who chose the bit-widths; random fills share a name, and the first of them is drawn for all.
  package var allocator: String
  package var method: RoundingMethod
  /// The budget, in bits a weight.
  package var targetBits: Double
  package var plan: BitPlan
  /// The payload of its file.
  package var bytes: Int
  /// In percent.
  package var top1: ComparisonReport.Estimate
  /// In percent, where it was counted.
  package var top5: Double?
  /// In nats.
  package var kl: ComparisonReport.Estimate
  /// The class of the first answer, one an image.
  package var answers: [Int]
  /// A mean where seeds were averaged.
  package var flips: Double
  package var seconds: Double
  package var units: [UnitReport]

  /// Its row in a report on `imageCount` images.
  func row(imageCount: Int) -> ComparisonReport.Row {
    ComparisonReport.Row(
      name: name, allocator: allocator, method: method.rawValue, bytes: bytes,
      averageBits: plan.averageBits(), top1: top1, top5: top5, kl: kl, flips: flips,
      images: imageCount, seconds: seconds)
  }

  /// Its reconstruction, if anything was learned.
  var reconstruction: ComparisonReport.Reconstruction? {
    guard !units.isEmpty else { return nil }
    return ComparisonReport.Reconstruction(
      name: name,
      units: units.map { .init(name: $0.unit, before: $0.errorBefore, after: $0.errorAfter) })
  }
}

/// Full precision's answers, which all networks are held against.
package struct ReportedReference: Sendable {
  /// The images' paths, in the order of all answers.
  package var names: [String]
  /// The class that each image shows.
  package var labels: [Int]
  package var answers: [Int]
  package var top5: Double?

  package init(names: [String], labels: [Int], answers: [Int], top5: Double? = nil) {
    self.names = names
    self.labels = labels
    self.answers = answers
    self.top5 = top5
  }

  package init(_ predictions: Predictions) {
    self.init(
      names: predictions.names, labels: predictions.labels, answers: predictions.classes,
      top5: predictions.accuracy.top5)
  }

  /// Full precision's row, of a payload of `bytes`.
  func row(bytes: Int) -> ComparisonReport.Row {
    let correct = zip(answers, labels).count { $0 == $1 }
    let accuracy = Accuracy(images: labels.count, correct1: correct, correct5: correct)
    let interval = accuracy.interval
    return ComparisonReport.Row(
      name: "full-precision", allocator: "", method: "", bytes: bytes, averageBits: 32,
      top1: .init(accuracy.top1, low: interval.low, high: interval.high), top5: top5,
      kl: .init(0, low: 0, high: 0), flips: 0, images: labels.count, seconds: 0)
  }
}
