import Graphs
package import Tensors

/// The predictions of a network for all images that could be read.
package struct Predictions: Sendable {
  /// The relative paths of the images.
  package let names: [String]
  /// The network's class of each image.
  package let labels: [Int]
  /// The logits (N, classes), which are finite.
  package let logits: Tensor
  /// The class of the largest logit of each image.
  package let classes: [Int]

  package init(names: [String], labels: [Int], logits: Tensor) {
    self.names = names
    self.labels = labels
    self.logits = logits
    classes = logits.argmaxOfRows()
  }

  package var accuracy: Accuracy {
    Accuracy(
      images: labels.count, correct1: isCorrect.count { $0 },
      correct5: labels.indices.count { rank(ofLabelAt: $0) < 5 })
  }

  /// True for each image whose predicted class is right.
  package var isCorrect: [Bool] { zip(classes, labels).map { $0 == $1 } }

  /// Returns the number of classes ranked before the label; for equal logits, lower classes first.
  private func rank(ofLabelAt row: Int) -> Int {
    let values = logits.scalars[row * logits.shape[1]..<(row + 1) * logits.shape[1]]
    let own = values[values.startIndex + labels[row]]
    return values.enumerated().count { class_, value in
      value > own || (value == own && class_ < labels[row])
    }
  }
}

/// The numbers of right predictions.
package struct Accuracy: Equatable, Sendable {
  package let images: Int
  package let correct1: Int
  package let correct5: Int

  package init(images: Int, correct1: Int, correct5: Int) {
    self.images = images
    self.correct1 = correct1
    self.correct5 = correct5
  }

  /// The top-1 accuracy in percent.
  package var top1: Double { percent(correct1) }
  /// The top-5 accuracy in percent.
  package var top5: Double { percent(correct5) }
  /// Wilson's 95 % interval of the top-1 accuracy in percent.
  package var interval: Interval {
    let interval = Statistics.wilson(successes: correct1, of: images)
    return Interval(low: 100 * interval.low, high: 100 * interval.high)
  }

  private func percent(_ count: Int) -> Double {
    images == 0 ? 0 : 100 * Double(count) / Double(images)
  }
}
