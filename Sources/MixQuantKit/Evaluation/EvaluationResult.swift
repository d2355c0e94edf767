package import Datasets
import Files
import Foundation
import Tensors

/// The result of an evaluation.
package struct EvaluationResult: Sendable {
  package let answers: Answers
  package let skipped: [SkippedImage]
  /// The number of images that an earlier, interrupted run scored.
  package let earlier: Int
  private let times: EvaluationTimes
  let engine: InferenceEngine
  let transform: Transform
  let audit: ImageAudit?

  init(
    _ scored: ScoredAnswers, engine: InferenceEngine, transform: Transform, audit: ImageAudit?
  ) {
    (answers, skipped) = (scored.answers, scored.skipped)
    (earlier, times) = (scored.earlier, scored.times)
    self.engine = engine
    self.transform = transform
    self.audit = audit
  }

  init(_ scored: ScoredImages, engine: InferenceEngine, transform: Transform) {
    self.init(
      ScoredAnswers(
        answers: Answers(scored.predictions), skipped: scored.skipped, earlier: 0,
        times: scored.times), engine: engine, transform: transform, audit: nil)
  }

  package var accuracy: Accuracy { answers.accuracy }

  /// The result as JSON, whose keys are stable.
  package struct Summary: Codable, Sendable {
    let top1: Double
    let top5: Double
    let top1Interval: [Double]
    let images: Int
    let correct1: Int
    let correct5: Int
    let skippedImages: [String]
    let imagesPerSecond: Double
    let engine: InferenceEngine
    /// The processor time per image of reading, decoding and transforming it, in seconds.
    let decodingSeconds: Double
    /// The processor time per image of everything, in seconds.
    let processorSeconds: Double
    let transform: Transform
    let audit: ImageAudit?

    private enum CodingKeys: String, CodingKey {
      case top1, top5, images, correct1, correct5, engine, transform, audit
      case top1Interval = "top1_interval"
      case skippedImages = "skipped_images"
      case imagesPerSecond = "images_per_second"
      case decodingSeconds = "decoding_seconds"
      case processorSeconds = "processor_seconds"
    }
  }

  package var summary: Summary {
    let accuracy = accuracy
    return Summary(
      top1: accuracy.top1, top5: accuracy.top5,
      top1Interval: [accuracy.interval.low, accuracy.interval.high], images: accuracy.images,
      correct1: accuracy.correct1, correct5: accuracy.correct5,
      skippedImages: skipped.map(\.name), imagesPerSecond: imagesPerSecond,
      engine: engine, decodingSeconds: perImage(times.decodingSeconds),
      processorSeconds: perImage(times.processorSeconds), transform: transform, audit: audit)
  }

  private func perImage(_ seconds: Double) -> Double {
    seconds / Double(max(scoredNow, 1))
  }

  /// The number of images that this run scored.
  private var scoredNow: Int { answers.names.count + skipped.count - earlier }

  private var imagesPerSecond: Double { Double(scoredNow) / times.seconds }

  /// The result as lines of text; the last line has timm's form.
  package var text: String {
    let accuracy = accuracy
    var lines = skipped.lines
    lines.append(
      String(
        format: "top-1 %.2f %% [%.2f, %.2f]  top-5 %.2f %%  %d/%d  %.1f images/s", accuracy.top1,
        accuracy.interval.low, accuracy.interval.high, accuracy.top5, accuracy.correct1,
        accuracy.images, imagesPerSecond))
    let (decoding, all) = (perImage(times.decodingSeconds), perImage(times.processorSeconds))
    lines.append(
      String(
        format: "%.2f ms of processor time per image, %.2f ms of it for decoding (%.0f %%)",
        1e3 * all, 1e3 * decoding, all > 0 ? 100 * decoding / all : 0))
    lines.append(
      String(
        format: " * Acc@1 %.2f (%.2f) Acc@5 %.2f (%.2f)", accuracy.top1, 100 - accuracy.top1,
        accuracy.top5, 100 - accuracy.top5))
    return lines.joined(separator: "\n")
  }

  /// A table with one line per image: name, label, answer, and the five best classes with logits.
  package var predictionsTable: String {
    let rows = answers.names.indices.map { row in
      let best = answers.best(ofImage: row)
      let fields =
        [
          answers.names[row].printable(limit: .max / 8), String(answers.labels[row]),
          String(best[best.startIndex].class),
        ] + best.map { "\($0.class):\($0.logit)" }
      return fields.joined(separator: "\t")
    }
    let best = (1...answers.rankedCount).map { "best\($0)" }
    let heading = (["name", "label", "answer"] + best).joined(separator: "\t")
    return ([heading] + rows).joined(separator: "\n") + "\n"
  }
}

extension [SkippedImage] {
  /// One line per skipped image, for at most 20 images, and a line with their number.
  package var lines: [String] {
    guard !isEmpty else { return [] }
    let reasons = map { "\($0.name): \($0.error.reason)" }.printable()
    return (reasons + ["\(count) images"]).map { "skipped  \($0)" }
  }
}
