internal import CExecution
internal import Dispatch
internal import Synchronization

/// Threads that stay together for many short parallel parts, such as the layers of a network.
///
/// Handing each part to the system's threads costs about ten microseconds, as much as a small layer
/// takes. The members of a team watch for the next part instead, and yield the processor only after a
/// long wait.
package final class Team: @unchecked Sendable {
  /// The number of items of the current part in the upper half, and its next free item in the lower half.
  private let ticket = Atomic<UInt64>(0)
  private let finishedItems = Atomic<Int>(0)
  private let isOver = Atomic<Bool>(false)
  /// The body of the current part.
  ///
  /// Only the owner of an item may read it: the part lasts until that item is finished.
  private var body: ((_ item: Int, _ worker: Int) -> Void)?

  private init() {}

  /// The number of checks that a waiting thread makes before it yields the processor.
  private static let patience = 4000

  /// Calls `body` with a team of the calling thread and `threads` − 1 others.
  static func with<Result>(threads: Int, _ body: (Team) throws -> Result) rethrows -> Result {
    let team = Team()
    // The threads end on their own, so nothing waits for a thread that starts late.
    for worker in 1..<threads { DispatchQueue.global().async { team.serve(as: worker) } }
    defer { team.isOver.store(true, ordering: .releasing) }
    return try body(team)
  }

  /// Runs `body` once for every item of 0..<`items` and returns when all are done.
  ///
  /// Only the thread that made the team may call this; `body` may not.
  func forEach(_ items: Int, _ body: @Sendable (_ item: Int, _ worker: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      self.body = body
      finishedItems.store(0, ordering: .relaxed)
      ticket.store(UInt64(items) << 32, ordering: .releasing)
      work(as: 0)
      Team.wait { finishedItems.load(ordering: .acquiring) == items }
      self.body = nil
    }
  }

  private func serve(as worker: Int) {
    while !isOver.load(ordering: .acquiring) {
      work(as: worker)
      Team.wait { hasFreeItem(ticket.load(ordering: .relaxed)) || isOver.load(ordering: .relaxed) }
    }
  }

  private func work(as worker: Int) {
    while let item = takeItem() {
      run(item, as: worker)
      finishedItems.wrappingAdd(1, ordering: .releasing)
    }
  }

  /// Runs an item.
  ///
  /// It is not inlined, so that the body is released before the item counts as finished.
  @inline(never)
  private func run(_ item: Int, as worker: Int) { body?(item, worker) }

  private func takeItem() -> Int? {
    var seen = ticket.load(ordering: .relaxed)
    while hasFreeItem(seen) {
      let (isTaken, current) = ticket.compareExchange(
        expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
      if isTaken { return Int(seen & UInt64(UInt32.max)) }
      seen = current
    }
    return nil
  }

  private func hasFreeItem(_ ticket: UInt64) -> Bool {
    ticket & UInt64(UInt32.max) < ticket >> 32
  }

  private static func wait(until isDone: () -> Bool) {
    var checks = 0
    while !isDone() {
      checks += 1
      checks < patience ? ce_pause() : ce_yield()
    }
  }
}
