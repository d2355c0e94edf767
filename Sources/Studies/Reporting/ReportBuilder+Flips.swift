import Datasets
import Files
import Foundation
import MixQuantKit
import Reconstruction
import Reports

extension ReportBuilder {
  private static let thumbnailCount = 12
  private static let thumbnailSide = 96

  /// Counts the flipped images and shows those that most networks flipped, of those that learned their
  /// rounding if any did, for rounding to nearest flips whatever it likes.
  func flips(
    _ record: ExperimentRecord, _ networks: [SummaryRow]
  ) throws -> Report.Flips {
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
        Report.FlippedImage(
          name: item.name.printable(), truth: names[record.labels[image]],
          reference: names[reference[image]],
          answers: answers(image, reference[image], asked),
          thumbnail: try evaluator.images.thumbnail(of: item, side: Self.thumbnailSide))
      }
    }
    return Report.Flips(
      imageCount: flipped.count, networks: asked.map(\.figures.name), shown: shown)
  }

  /// Returns the answers to an image other than `expected`, each with the networks that gave it.
  private func answers(
    _ image: Int, _ expected: Int, _ networks: [SummaryRow]
  ) -> [Report.FlippedImage.Answer] {
    let others = networks.filter { $0.score.answers[image] != expected }
    let groups = Dictionary(grouping: others) { $0.score.answers[image] }
    return groups.sorted { (-$0.value.count, $0.key) < (-$1.value.count, $1.key) }
      .map { .init(label: names[$0.key], rows: $0.value.map(\.figures.name)) }
  }
}
