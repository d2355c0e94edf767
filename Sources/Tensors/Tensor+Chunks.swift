package import Execution

extension Tensor {
  /// Returns the rows in chunks of `count`, in order.
  package func chunks(of count: Int) -> [Tensor] {
    (0..<rowCount).chunks(of: count).map { self[rows: $0] }
  }

  /// Returns the results of `body` for every `count` rows, joined in order.
  ///
  /// The chunks do not depend on the number of threads, and neither does the result.
  package func mapChunks(
    of count: Int, context: Context, _ body: @Sendable (Tensor) -> Tensor
  ) -> Tensor {
    Tensor(joining: context.map((0..<rowCount).chunks(of: count)) { body(self[rows: $0]) })
  }

  /// Returns the results of `body` for every `count` rows, joined in order; ranks share the chunks.
  ///
  /// The result is that of `mapChunks` at any number of ranks. There must be at least one row.
  package func mapChunksOverRanks(
    of count: Int, context: Context, _ body: @Sendable (Tensor) -> Tensor
  ) -> Tensor {
    guard context.ranks.count > 1 else { return mapChunks(of: count, context: context, body) }
    let chunks = (0..<rowCount).chunks(of: count)
    let own = context.ranks.share(of: chunks.count)
    let parts = context.map(own) { body(self[rows: chunks[$0]]) }
    let shapes = context.gather(parts.map(\.shape.dimensions), of: chunks.count)
    let scalars = context.gather(parts.map(\.scalars), of: chunks.count)
    return Tensor(
      joining: zip(shapes, scalars).map { Tensor(shape: Shape($0), scalars: $1) })
  }

  /// Joins the rows of all `parts`, in order; there must be at least one part.
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
