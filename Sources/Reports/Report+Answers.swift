package import Foundation

extension Report {
  /// Right answers, class by class.
  package struct Classes: Encodable, Equatable, Sendable {
    package struct Network: Encodable, Equatable, Sendable {
      /// The row's name.
      package var name: String
      /// Images answered right, one count per class.
      package var correct: [Int]

      package init(name: String, correct: [Int]) { (self.name, self.correct) = (name, correct) }
    }

    /// The classes that have images.
    package var names: [String]
    /// Images per class.
    package var images: [Int]
    /// Full precision, if it was scored.
    package var reference: Network?
    /// The network closest to full precision first.
    package var networks: [Network]

    package init(names: [String], images: [Int], reference: Network?, networks: [Network]) {
      (self.names, self.images) = (names, images)
      (self.reference, self.networks) = (reference, networks)
    }

    /// The percentage of the images of class `index` that `network` answers right.
    func accuracy(_ network: Network, _ index: Int) -> Double {
      100 * Double(network.correct[index]) / Double(max(1, images[index]))
    }

    /// The classes of the first network in the order of their loss, or of their accuracy if full precision
    /// was not scored; the worst class first.
    var worstFirst: [Int] {
      func score(_ index: Int) -> Double {
        accuracy(networks[0], index) - (reference.map { accuracy($0, index) } ?? 0)
      }
      return names.indices.sorted { (score($0), $0) < (score($1), $1) }
    }
  }

  /// The classes that one network takes for each other.
  package struct Confusion: Encodable, Equatable, Sendable {
    /// The row's name.
    package var network: String
    /// The classes with the most mistakes, in class order.
    package var classes: [String]
    /// The images of each of these classes, by the class that was answered.
    package var counts: [[Int]]
    /// The most frequent mistakes of all classes.
    package var mistakes: Table

    package init(network: String, classes: [String], counts: [[Int]], mistakes: Table) {
      (self.network, self.classes) = (network, classes)
      (self.counts, self.mistakes) = (counts, mistakes)
    }
  }

  /// Images that quantized networks answer otherwise than full precision does.
  package struct Flips: Encodable, Equatable, Sendable {
    /// The number of images that any of the networks answers otherwise.
    package var imageCount = 0
    /// The names of the rows that are counted.
    package var networks: [String] = []
    /// Some of the images, to look at.
    package var shown: [FlippedImage] = []

    package init(imageCount: Int = 0, networks: [String] = [], shown: [FlippedImage] = []) {
      (self.imageCount, self.networks, self.shown) = (imageCount, networks, shown)
    }
  }

  /// One image and what the networks say of it.
  package struct FlippedImage: Encodable, Equatable, Sendable {
    /// An answer that is not full precision's, and the rows that gave it.
    package struct Answer: Encodable, Equatable, Sendable {
      package var label: String
      package var rows: [String]

      package init(label: String, rows: [String]) { (self.label, self.rows) = (label, rows) }
    }

    package var name: String
    package var truth: String
    /// Full precision's answer.
    package var reference: String
    package var answers: [Answer]
    /// The bytes of a PNG file.
    package var thumbnail: Data

    // The thumbnail is for looking at.
    private enum CodingKeys: String, CodingKey { case name, truth, reference, answers }

    package init(
      name: String, truth: String, reference: String, answers: [Answer], thumbnail: Data
    ) {
      (self.name, self.truth, self.reference) = (name, truth, reference)
      (self.answers, self.thumbnail) = (answers, thumbnail)
    }
  }
}
