import Datasets
import Execution
import Files
import Foundation
import Tensors

extension BatchReader {
  /// Calls `body` with the outputs of every batch in order; each rank computes a share of the batches.
  ///
  /// - Parameters:
  ///   - images: The reader's images.
  ///   - outputs: Returns the outputs (N, …) of a batch; their number is the same for every batch.
  ///   - body: Also receives the height and the width of the inputs.
  /// - Returns: The images that were skipped.
  /// - Throws: As `forEach`; also the errors of `body`.
  func forEachOverRanks(
    of images: ImageSet, context: Context, _ outputs: (Batch) -> [Tensor],
    body: ([Tensor], (Int, Int)) throws -> Void
  ) throws -> [SkippedImage] {
    let ranks = context.ranks
    var skipped: [SkippedImage] = []
    // Each rank does one batch of a round, so that a rank holds the outputs of few batches at a time.
    for round in (0..<batchCount).chunks(of: ranks.count) {
      var record: BatchRecord?
      var parts: [Tensor] = []
      var size = [0, 0]
      try forEach(of: round.dropFirst(ranks.rank).prefix(1).map(\.self)) { batch in
        record = BatchRecord(batch, of: images)
        guard !batch.items.isEmpty else { return }
        parts = outputs(batch)
        size = Array(batch.images.shape.dimensions.suffix(2))
      }
      let records = try ranks.exchange(Data(json(record).utf8)).map {
        try jsonDecoder.decode(BatchRecord?.self, from: $0)
      }
      skipped += records.flatMap { $0?.skippedImages(of: images) ?? [] }
      let all = context.exchange(parts)
      let sizes = context.gather([size], of: ranks.count)
      for (parts, size) in zip(all, sizes) where !parts.isEmpty {
        try body(parts, (size[0], size[1]))
      }
    }
    if let first = skipped.first, skipped.count == images.items.count { throw first.error }
    return skipped
  }
}

extension Context {
  /// Returns the tensors of all ranks, in the order of the ranks.
  fileprivate func exchange(_ tensors: [Tensor]) -> [[Tensor]] {
    let counts = gather([[tensors.count]], of: ranks.count)
    // Every rank takes part in as many exchanges as the rank with the most tensors.
    let most = counts.map { $0[0] }.max() ?? 0
    var all = [[Tensor]](repeating: [], count: ranks.count)
    for index in 0..<most {
      let tensor = tensors.indices.contains(index) ? tensors[index] : nil
      let shapes = gather([tensor?.shape.dimensions ?? []], of: ranks.count)
      let scalars = gather([tensor?.scalars ?? []], of: ranks.count)
      for rank in all.indices where !shapes[rank].isEmpty {
        all[rank].append(Tensor(shape: Shape(shapes[rank]), scalars: scalars[rank]))
      }
    }
    return all
  }
}
