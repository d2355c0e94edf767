import Testing

@testable import Engine

@Suite("The last reads of values")
struct LastReadsTests {
  @Test("Each value is listed once, at the last operation that reads it, in ascending order")
  func order() {
    #expect(lastReads(of: [[0], [1, 0], [2], [3, 1]]) == [[], [0], [2], [1, 3]])
  }

  @Test("An operation may read a value twice, or nothing")
  func special() {
    #expect(lastReads(of: [[0, 0], [], [1]]) == [[0], [], [1]])
  }
}
