import Execution
import Testing

@Suite("Chunks")
struct ChunksTests {
  @Test("Chunks are consecutive, and only the last one may be shorter")
  func ranges() {
    #expect((3..<10).chunks(of: 3) == [3..<6, 6..<9, 9..<10])
    #expect([5, 6, 7, 8].chunks(of: 2) == [[5, 6], [7, 8]])
    #expect((0..<2).chunks(of: 5) == [0..<2] && (4..<4).chunks(of: 5).isEmpty)
    #expect([1, 2, 3, 4, 5].dropFirst().chunks(of: 3) == [[2, 3, 4], [5]])
  }
}
