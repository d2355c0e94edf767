import Execution
import Tensors
import TestSupport
import Testing

@Suite("Chunks of tensors")
struct TensorChunksTests {
  private let counting = Tensor(shape: [3, 2, 2], scalars: (0..<12).map(Float.init))

  @Test("Chunks of rows are mapped in order and joined", arguments: [1, 2, 3, 4], [1, 3])
  func chunks(count: Int, threads: Int) {
    let doubled = counting.mapChunks(of: count, context: Context(threads: threads)) { chunk in
      #expect(chunk.rowCount <= count)
      return Tensor(shape: chunk.shape, scalars: chunk.scalars.map { 2 * $0 })
    }
    #expect(doubled.shape == counting.shape)
    #expect(doubled.scalars == counting.scalars.map { 2 * $0 })
  }

  @Test("Ranks share the chunks and all get the joined rows", arguments: [1, 2, 4])
  func ranks(count: Int) {
    let rows = withRanks(count) { [counting] ranks in
      counting.mapChunksOverRanks(of: 1, context: Context(threads: 2, ranks: ranks)) { chunk in
        Tensor(shape: [1, 2], scalars: [chunk.scalars[0], chunk.scalars[3]])
      }
    }
    for tensor in rows {
      #expect(tensor.shape == [3, 2] && tensor.scalars == [0, 3, 4, 7, 8, 11])
    }
  }
}
