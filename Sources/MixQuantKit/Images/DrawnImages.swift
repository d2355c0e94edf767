import Datasets
import Files
import Foundation

/// The different calibration images of one or more seeds, by file and by content.
struct DrawnImages {
  private typealias Drawn = (item: ImageSet.Item, set: ImageSet, facts: ImageSet.FileFacts?)

  private let drawn: [Drawn]

  /// - Parameter calibration: The images of each seed, all from one pool.
  init(_ calibration: [ImageSet]) {
    var names: Set<String> = []
    var drawn: [Drawn] = []
    for set in calibration {
      for item in set.items where names.insert(item.name).inserted {
        drawn.append((item, set, set.facts(of: item)))
      }
    }
    self.drawn = drawn
  }

  /// The number of images.
  var count: Int { drawn.count }

  /// Returns the number of images of `evaluation` that are among these.
  func count(in evaluation: ImageSet) -> Int {
    let identities = Set(drawn.compactMap { $0.facts?.identity })
    let sizes = Set(drawn.compactMap { $0.facts?.byteCount })
    var shared = 0
    var uncertain: [(item: ImageSet.Item, byteCount: Int)] = []
    for item in evaluation.items {
      guard let facts = evaluation.facts(of: item) else { continue }
      if let identity = facts.identity, identities.contains(identity) {
        shared += 1
      } else if sizes.contains(facts.byteCount) {
        uncertain.append((item, facts.byteCount))
      }
    }
    let digests = digests(ofSizes: Set(uncertain.map(\.byteCount)))
    return shared
      + uncertain.count { item, _ in
        (try? evaluation.contents(of: item)).map(SHA256.hexDigest).map(digests.contains) ?? false
      }
  }

  private func digests(ofSizes sizes: Set<Int>) -> Set<String> {
    var digests: Set<String> = []
    for (item, set, facts) in drawn where facts.map({ sizes.contains($0.byteCount) }) ?? false {
      if let bytes = try? set.contents(of: item) { digests.insert(SHA256.hexDigest(of: bytes)) }
    }
    return digests
  }
}
