import Tensors

/// The answers of a network to all images that could be read: the best classes of each image.
///
/// They are enough for the accuracy, and need much less memory than the logits of `Predictions`.
package struct Answers: Equatable, Sendable {
  /// A class and its logit.
  package struct Ranked: Equatable, Sendable {
    package let `class`: Int32
    package let logit: Float
  }

  /// The relative paths of the images.
  package let names: [String]
  /// The network's class of each image.
  package let labels: [Int]
  /// The number of ranked classes per image: five, or all classes if there are fewer.
  package let rankedCount: Int
  /// The classes with the largest logits, image by image, the largest logit first.
  private let ranked: [Ranked]

  /// - Parameter ranked: The result of `best` for all images, joined.
  init(names: [String], labels: [Int], ranked: [Ranked], classCount: Int) {
    self.names = names
    self.labels = labels
    self.ranked = ranked
    rankedCount = Self.rankedCount(classCount: classCount)
    precondition(ranked.count == names.count * rankedCount, "\(ranked.count) ranked classes")
  }

  package init(_ predictions: Predictions) {
    self.init(
      names: predictions.names, labels: predictions.labels,
      ranked: Self.best(of: predictions.logits), classCount: predictions.logits.shape[1])
  }

  static func rankedCount(classCount: Int) -> Int { min(5, classCount) }

  /// Returns the best classes of each row of `logits` (N, classes), joined.
  ///
  /// Of equal logits, the lower class comes first.
  static func best(of logits: Tensor) -> [Ranked] {
    let classCount = logits.shape[1]
    let count = rankedCount(classCount: classCount)
    var all: [Ranked] = []
    all.reserveCapacity(logits.rowCount * count)
    for row in 0..<logits.rowCount {
      let first = all.count
      for class_ in 0..<classCount {
        let logit = logits.scalars[row * classCount + class_]
        var place = all.count
        while place > first, all[place - 1].logit < logit { place -= 1 }
        guard place < first + count else { continue }
        if all.count == first + count { all.removeLast() }
        all.insert(Ranked(class: Int32(class_), logit: logit), at: place)
      }
    }
    return all
  }

  /// The best classes of image `index`, the largest logit first.
  package func best(ofImage index: Int) -> ArraySlice<Ranked> {
    ranked[index * rankedCount..<(index + 1) * rankedCount]
  }

  /// The class of the largest logit of each image.
  package var classes: [Int] {
    names.indices.map { Int(ranked[$0 * rankedCount].class) }
  }

  package var accuracy: Accuracy {
    Accuracy(
      images: labels.count,
      correct1: labels.indices.count { ranked[$0 * rankedCount].class == labels[$0] },
      correct5: labels.indices.count { image in
        best(ofImage: image).contains { $0.class == labels[image] }
      })
  }
}
