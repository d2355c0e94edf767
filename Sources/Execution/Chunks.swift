/// Images that one work item takes: enough to fill matrix products, and the same for every number of
/// threads, so that sums over images are always added in the same order.
package let imagesPerChunk = 8

extension RandomAccessCollection where Index == Int {
  /// Consecutive parts of `count` elements, the last one perhaps of fewer; work is shared out in these.
  package func chunks(of count: Int) -> [SubSequence] {
    stride(from: startIndex, to: endIndex, by: count).map {
      self[$0..<Swift.min($0 + count, endIndex)]
    }
  }
}

extension Workers {
  /// Runs `body` for every one of `items`, as `forEach` does for numbers.
  package func forEach<Item: Sendable>(_ items: [Item], _ body: @Sendable (Item) -> Void) {
    forEach(items.count) { item, _ in body(items[item]) }
  }

  /// The values of `body` for every one of `items`, in their order.
  package func map<Item: Sendable, T: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) -> T
  ) -> [T] {
    map(items.count) { body(items[$0]) }
  }
}
