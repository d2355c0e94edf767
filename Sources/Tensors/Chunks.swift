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

extension Tensor {
  /// The rows in chunks of `count`, in order.
  package func chunks(of count: Int) -> [Tensor] {
    (0..<rowCount).chunks(of: count).map { self[rows: $0] }
  }

  /// Joins the tensors that `body` makes of every `count` rows, in order.
  ///
  /// The cut does not depend on the workers, so neither does the result.
  package func mapChunks(
    of count: Int, workers: Workers, _ body: @Sendable (Tensor) -> Tensor
  ) -> Tensor {
    Tensor(joining: workers.map((0..<rowCount).chunks(of: count)) { body(self[rows: $0]) })
  }

  /// The rows of all `parts`, in order; at least one part.
  package init(joining parts: [Tensor]) {
    let rows = parts.reduce(0) { $0 + $1.rowCount }
    self.init(shape: Shape([rows] + parts[0].shape.dimensions.dropFirst())) { buffer in
      var start = 0
      for part in parts {
        let end = start + part.scalars.count
        _ = UnsafeMutableBufferPointer(rebasing: buffer[start..<end]).initialize(
          from: part.scalars)
        start = end
      }
    }
  }
}
