import Graphs
package import Tensors

/// What a network answered for every image that could be read.
package struct Predictions: Sendable {
  /// Relative paths, in the order of the images.
  package let names: [String]
  /// The class of the network that each image shows.
  package let labels: [Int]
  /// Finite, (N, classes).
  package let logits: Tensor
  /// The largest logit's class, one an image.
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

  /// Whether the first answer was right, one an image.
  package var isCorrect: [Bool] { zip(classes, labels).map { $0 == $1 } }

  // How many classes come before the label; of equal logits the lower class comes first.
  private func rank(ofLabelAt row: Int) -> Int {
    let values = logits.scalars[row * logits.shape[1]..<(row + 1) * logits.shape[1]]
    let own = values[values.startIndex + labels[row]]
    return values.enumerated().count { class_, value in
      value > own || (value == own && class_ < labels[row])
    }
  }
}

/// Counts of right answers.
package struct Accuracy: Equatable, Sendable {
  package let images: Int
  package let correct1: Int
  package let correct5: Int

  package init(images: Int, correct1: Int, correct5: Int) {
    self.images = images
    self.correct1 = correct1
    self.correct5 = correct5
  }

  /// Percent.
  package var top1: Double { percent(correct1) }
  /// Percent.
  package var top5: Double { percent(correct5) }
  /// Wilson's 95 % interval of top-1, in percent.
  package var interval: Interval {
    let interval = Statistics.wilson(successes: correct1, of: images)
    return Interval(low: 100 * interval.low, high: 100 * interval.high)
  }

  private func percent(_ count: Int) -> Double {
    images == 0 ? 0 : 100 * Double(count) / Double(images)
  }
}
