import Datasets
import Files
import Tensors

/// The answers to the images of one batch, which evaluations keep for resuming and ranks exchange.
struct BatchRecord: Codable, Equatable, Sendable {
  /// The number of the batch.
  let number: Int
  /// The places in the batch of the images that were read.
  let read: [Int]
  /// The best classes of each image that was read, joined; empty if all logits are kept elsewhere.
  let classes: [Int32]
  /// The bits of these classes' logits, because text may round them.
  let logits: [UInt32]
  let skipped: [Skipped]

  /// An image that could not be read, and its error.
  struct Skipped: Codable, Equatable, Sendable {
    let place: Int
    let error: InputError
  }

  /// - Parameter ranked: The best classes of the images that were read, joined.
  init(_ batch: Batch, of images: ImageSet, ranked: [Answers.Ranked] = []) {
    number = batch.number
    let names = images.items[Self.range(number, of: images)].map(\.name)
    let errors = Dictionary(batch.skipped.map { ($0.name, $0.error) }) { first, _ in first }
    read = names.indices.filter { errors[names[$0]] == nil }
    skipped = names.indices.compactMap { place in
      errors[names[place]].map { Skipped(place: place, error: $0) }
    }
    classes = ranked.map(\.class)
    logits = ranked.map(\.logit.bitPattern)
  }

  /// Returns the range of a batch's items in the set.
  static func range(_ number: Int, of images: ImageSet) -> Range<Int> {
    let start = number * Evaluator.batchSize
    return start..<min(start + Evaluator.batchSize, images.items.count)
  }

  /// The images that could not be read.
  func skippedImages(of images: ImageSet) -> [SkippedImage] {
    let start = Self.range(number, of: images).lowerBound
    return skipped.map {
      SkippedImage(name: images.items[start + $0.place].name, error: $0.error)
    }
  }

  /// The best classes of the images that were read, joined.
  var ranked: [Answers.Ranked] {
    zip(classes, logits).map { Answers.Ranked(class: $0, logit: Float(bitPattern: $1)) }
  }

  /// Returns true if the record can belong to an evaluation of `images` in `classCount` classes.
  func fits(_ images: ImageSet, classCount: Int) -> Bool {
    guard number >= 0, number < (images.items.count + Evaluator.batchSize - 1) / Evaluator.batchSize
    else { return false }
    let places = read + skipped.map(\.place)
    let ranked = read.count * Answers.rankedCount(classCount: classCount)
    return places.sorted() == Array(0..<Self.range(number, of: images).count)
      && read == read.sorted() && classes.count == ranked && logits.count == ranked
      && classes.allSatisfy { (0..<classCount).contains(Int($0)) }
      && logits.allSatisfy { Float(bitPattern: $0).isFinite }
  }
}
