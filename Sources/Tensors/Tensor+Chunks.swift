extension Tensor {
  /// Joins the tensors that `body` makes of every `count` rows, in order.
  ///
  /// The cut does not depend on the workers, so neither does the result.
  package func mapChunks(
    of count: Int, workers: Workers, _ body: @Sendable (Tensor) -> Tensor
  ) -> Tensor {
    let chunks = (rowCount + count - 1) / count
    let parts = workers.map(chunks) { chunk in
      body(self[rows: chunk * count..<min((chunk + 1) * count, rowCount)])
    }
    return Tensor(joining: parts)
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
