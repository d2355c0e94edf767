import Execution
import Synchronization
import Testing

@Suite("Context share items")
struct WorkersTests {
  @Test("Every item runs once, by a worker that exists", arguments: [1, 2, 3, 8], [0, 1, 5, 1000])
  func onceEach(threads: Int, items: Int) {
    let runs = Mutex([Int](repeating: 0, count: items))
    Context(threads: threads).forEach(items) { item, worker in
      runs.withLock { $0[item] += 1 }
      #expect((0..<threads).contains(worker))
    }
    #expect(runs.withLock { $0 } == [Int](repeating: 1, count: items))
  }

  @Test("Mapped values come in the order of the items", arguments: [1, 2, 3])
  func order(threads: Int) {
    #expect(Context(threads: threads).map(500) { $0 * $0 } == (0..<500).map { $0 * $0 })
    #expect(Context(threads: threads).map(["a", "b", "c"]) { $0 + $0 } == ["aa", "bb", "cc"])
  }
}
