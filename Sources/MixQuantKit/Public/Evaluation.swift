internal import Datasets
internal import Execution
internal import Foundation

/// The accuracy of a model on labelled images.
public struct Evaluation: Sendable, Equatable {
  /// The number of images that were scored.
  public let imageCount: Int
  /// The number of images whose predicted class is right.
  public let correct1: Int
  /// The number of images whose class is among the five best predictions.
  public let correct5: Int
  /// The Wilson interval of the top-1 accuracy at 95 %, in percent.
  public let top1Interval: ClosedRange<Double>

  /// The top-1 accuracy in percent.
  public var top1: Double { 100 * Double(correct1) / Double(max(imageCount, 1)) }

  /// The top-5 accuracy in percent.
  public var top5: Double { 100 * Double(correct5) / Double(max(imageCount, 1)) }

  init(
    of model: Model, on images: LabelledImages, threads: Int
  ) throws(MixQuantError) {
    self = try MixQuantError.wrapping {
      let subject = try EvaluationSubject(
        model: model, url: model.place, data: images.folder, labels: images.labels,
        classMap: images.classMap, limit: images.limit, flags: TransformFlags(),
        skipBadImages: false,
        context: Context(threads: max(1, threads)))
      return Evaluation(try subject.evaluate().accuracy)
    }
  }

  private init(_ accuracy: Accuracy) {
    imageCount = accuracy.images
    correct1 = accuracy.correct1
    correct5 = accuracy.correct5
    top1Interval = accuracy.interval.low...accuracy.interval.high
  }
}

extension Model {
  /// The file of a checkpoint, beside which its configuration may be; a placeholder if packed.
  var place: URL {
    switch self {
    case .checkpoint(let model): model.url
    case .packed: URL(filePath: "packed model")
    }
  }
}
