/// The number of images that one work item takes.
///
/// It is large enough to fill matrix products. It does not depend on the number of threads, so sums
/// over images are always added in the same order.
package let imagesPerChunk = 8

extension RandomAccessCollection where Index == Int {
  /// Returns consecutive parts of `count` elements; the last part may be smaller.
  package func chunks(of count: Int) -> [SubSequence] {
    stride(from: startIndex, to: endIndex, by: count).map {
      self[$0..<Swift.min($0 + count, endIndex)]
    }
  }
}

extension Context {
  /// Runs `body` for each of `items`, as `forEach` does for numbers.
  package func forEach<Item: Sendable>(_ items: [Item], _ body: @Sendable (Item) -> Void) {
    forEach(items.count) { item, _ in body(items[item]) }
  }

  /// Returns the values of `body` for each of `items`, in the order of the items.
  package func map<Item: Sendable, T: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) -> T
  ) -> [T] {
    map(items.count) { body(items[$0]) }
  }
}
