import Tensors
import Testing

@Suite("Chunks")
struct ChunksTests {
  private let counting = Tensor(shape: [3, 2, 2], scalars: (0..<12).map(Float.init))

  @Test("Chunks are consecutive, and only the last one may be shorter")
  func ranges() {
    #expect((3..<10).chunks(of: 3) == [3..<6, 6..<9, 9..<10])
    #expect([5, 6, 7, 8].chunks(of: 2) == [[5, 6], [7, 8]])
    #expect((0..<2).chunks(of: 5) == [0..<2] && (4..<4).chunks(of: 5).isEmpty)
    #expect([1, 2, 3, 4, 5].dropFirst().chunks(of: 3) == [[2, 3, 4], [5]])
  }

  @Test("Chunks of rows are mapped in order and joined", arguments: [1, 2, 3, 4], [1, 3])
  func chunks(count: Int, workers: Int) {
    let doubled = counting.mapChunks(of: count, workers: Workers(workers)) { chunk in
      #expect(chunk.rowCount <= count)
      return Tensor(shape: chunk.shape, scalars: chunk.scalars.map { 2 * $0 })
    }
    #expect(doubled.shape == counting.shape)
    #expect(doubled.scalars == counting.scalars.map { 2 * $0 })
  }
}
