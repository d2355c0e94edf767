package import Datasets
package import Execution
import Files
import Foundation
import Graphs
import Tensors

/// An evaluation of classifiers on labelled images.
package struct Evaluator: Sendable {
  package let images: ImageSet
  package let transform: Transform
  /// The network's class for each class `i` of the image set, at index `i`.
  package let classes: [Int]
  package let context: Context
  package let skipBadImages: Bool
  /// The kernels; nil for the usual ones of each network.
  package let engine: InferenceEngine?

  /// The number of images of a batch.
  ///
  /// It is small enough that the allocator reuses the memory of a batch.
  package static let batchSize = 32

  package init(
    images: ImageSet, transform: Transform, classes: [Int], context: Context,
    skipBadImages: Bool = false, engine: InferenceEngine? = nil
  ) {
    self.engine = engine
    self.images = images
    self.transform = transform
    self.classes = classes
    self.context = context
    self.skipBadImages = skipBadImages
  }

  /// The same evaluation on this rank alone.
  package var alone: Evaluator {
    Evaluator(
      images: images, transform: transform, classes: classes, context: context.alone,
      skipBadImages: skipBadImages, engine: engine)
  }

  /// Scores `classifier` and returns all logits.
  ///
  /// A network with codes reads 8-bit pixels, others their normalised values. Ranks share the batches.
  ///
  /// - Throws: An error if an image cannot be read, and `badData` if a logit is not finite.
  package func callAsFunction(
    _ classifier: Classifier, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> ScoredImages {
    let watch = EvaluationWatch()
    let scorer = BatchScorer(self, classifier)
    var own: [BatchRecord] = []
    var logits: [[Float]] = []
    var done = 0
    try scorer.score(context.ranks.share(of: scorer.batchCount)) { batch, scores in
      own.append(BatchRecord(batch, of: images))
      logits.append(scores?.scalars ?? [])
      done += context.ranks.count * batch.items.count
      progress(min(done, images.items.count), images.items.count)
    }
    let list = try ScoredList(exchanging(own), images: images, classes: classes)
    let scalars = context.gather(logits, of: scorer.batchCount).flatMap(\.self)
    let predictions = Predictions(
      names: list.names, labels: list.labels,
      logits: Tensor(shape: [list.names.count, classifier.network.classCount], scalars: scalars))
    return ScoredImages(
      predictions: predictions, skipped: list.skipped,
      times: watch.times(decoding: scorer.decodingSeconds, context))
  }

  /// Scores `classifier` and returns the best classes of each image.
  ///
  /// It needs little memory per image, and can resume.
  ///
  /// - Parameter state: The file that keeps the answers so far, on the first rank; nil keeps nothing.
  /// - Throws: As `callAsFunction`, and the errors of `state` and `progress`.
  func answers(
    of classifier: Classifier, state: EvaluationStateFile? = nil,
    progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> ScoredAnswers {
    let watch = EvaluationWatch()
    let scorer = BatchScorer(self, classifier)
    let kept = try context.ranks.fromFirst { Data(json(try state?.read() ?? []).utf8) }
    var records = try jsonDecoder.decode([BatchRecord].self, from: kept)
    let earlier = records.reduce(0) { $0 + $1.read.count + $1.skipped.count }
    if earlier > 0 { try progress(earlier, images.items.count) }
    var done = earlier
    let known = Set(records.map(\.number))
    let left = (0..<scorer.batchCount).filter { !known.contains($0) }
    // A single rank adds each batch to the state at once. Several ranks first exchange a few batches.
    let atOnce = context.ranks.count > 1 ? Self.batchesPerMeeting * context.ranks.count : left.count
    for numbers in left.chunks(of: max(atOnce, 1)) {
      var own: [BatchRecord] = []
      let mine = context.ranks.share(of: numbers.count).map { numbers[numbers.startIndex + $0] }
      try scorer.score(mine) { batch, logits in
        let record = BatchRecord(batch, of: images, ranked: logits.map(Answers.best) ?? [])
        own.append(record)
        if context.ranks.count == 1 { try state?.append(record) }
        done += context.ranks.count * (record.read.count + record.skipped.count)
        try progress(min(done, images.items.count), images.items.count)
      }
      let all = try exchanging(own)
      if context.ranks.count > 1 { for record in all { try state?.append(record) } }
      records += all
    }
    records.sort { $0.number < $1.number }
    let list = try ScoredList(records, images: images, classes: classes)
    let answers = Answers(
      names: list.names, labels: list.labels, ranked: records.flatMap(\.ranked),
      classCount: classifier.network.classCount)
    return ScoredAnswers(
      answers: answers, skipped: list.skipped, earlier: earlier,
      times: watch.times(decoding: scorer.decodingSeconds, context))
  }

  /// The number of batches that a rank scores before all ranks exchange their answers.
  private static let batchesPerMeeting = 8

  /// Returns the records of all ranks, in the order of the batches.
  private func exchanging(_ own: [BatchRecord]) throws -> [BatchRecord] {
    guard context.ranks.count > 1 else { return own }
    return try context.ranks.exchange(Data(json(own).utf8))
      .flatMap { try jsonDecoder.decode([BatchRecord].self, from: $0) }
      .sorted { $0.number < $1.number }
  }

  /// Returns the line of the self-check of `model` on these images.
  package func selfCheck(of model: CheckpointModel) throws -> String {
    try model.selfCheck(
      on: images, transform: transform, context: context, skipBadImages: skipBadImages)
  }
}

/// The names and labels of the images that were scored, and those that could not be read.
private struct ScoredList {
  var names: [String] = []
  var labels: [Int] = []
  var skipped: [SkippedImage] = []

  /// - Parameters:
  ///   - records: The records of all batches in order.
  ///   - classes: The network's class for each class of the set.
  /// - Throws: The first error if no image could be read.
  init(_ records: [BatchRecord], images: ImageSet, classes: [Int]) throws(InputError) {
    for record in records {
      let start = BatchRecord.range(record.number, of: images).lowerBound
      for place in record.read {
        let item = images.items[start + place]
        names.append(item.name)
        labels.append(item.label.map { classes[$0] } ?? -1)
      }
      skipped += record.skippedImages(of: images)
    }
    if let first = skipped.first, names.isEmpty { throw first.error }
  }
}

/// The predictions of a network on images, and the time that they took.
package struct ScoredImages: Sendable {
  package let predictions: Predictions
  package let skipped: [SkippedImage]
  package let times: EvaluationTimes

  /// The time of the evaluation in seconds.
  package var seconds: Double { times.seconds }
}

/// The answers of a network to images, and the time that they took.
struct ScoredAnswers: Sendable {
  let answers: Answers
  let skipped: [SkippedImage]
  /// The number of images that an earlier run scored.
  let earlier: Int
  let times: EvaluationTimes
}
