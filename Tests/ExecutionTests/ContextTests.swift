import Execution
import Testing

@Suite("A context shares items among its threads")
struct ContextTests {
  @Test("Every item runs once, by a worker that exists", arguments: [1, 2, 3, 8], [0, 1, 5, 1000])
  func onceEach(threads: Int, items: Int) {
    let runs = counting(items) { runs in
      Context(threads: threads).forEach(items) { item, worker in
        runs.base[item] += 1
        #expect((0..<threads).contains(worker))
      }
    }
    #expect(runs == [Int](repeating: 1, count: items))
  }

  @Test("Mapped values come in the order of the items", arguments: [1, 2, 3])
  func order(threads: Int) {
    let context = Context(threads: threads)
    let squares: [Int] = context.map(500) { (item: Int) -> Int in item * item }
    #expect(squares == (0..<500).map { $0 * $0 })
    let doubled: [String] = context.map(["a", "b", "c"]) { (item: String) -> String in item + item }
    #expect(doubled == ["aa", "bb", "cc"])
  }

  @Test("A team runs every item of many parts in a row once", arguments: [1, 2, 3, 8])
  func team(threads: Int) {
    let runs = counting(200) { runs in
      Context(threads: threads).withTeam { team in
        for part in 0..<2000 {
          team.forEach(part % 200) { item, worker in
            runs.base[item] += 1
            if worker >= threads { Issue.record("worker \(worker) of \(threads)") }
          }
        }
      }
    }
    #expect(runs == (0..<200).map { 10 * (199 - $0) })
  }

  @Test("A team's part is finished when forEach returns, and its values can be read")
  func teamResults() {
    let sums = Context(threads: 4).withTeam { team in
      (1...500).map { part in team.map(part) { $0 * part }.reduce(0, +) }
    }
    #expect(sums == (1...500).map { $0 * $0 * ($0 - 1) / 2 })
  }

  /// Returns the counts of `items` that `body` adds up without a lock.
  ///
  /// ThreadSanitizer therefore finds an item that runs twice at once, and a part that begins before the last
  /// one is over.
  private func counting(
    _ items: Int, _ body: (SharedPointer<UnsafeMutableBufferPointer<Int>>) -> Void
  ) -> [Int] {
    [Int](unsafeUninitializedCapacity: items) { buffer, count in
      buffer.initialize(repeating: 0)
      body(SharedPointer(buffer))
      count = items
    }
  }
}
