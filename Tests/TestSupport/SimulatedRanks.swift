package import Execution
import Foundation
import Synchronization

/// Runs `body` once per rank, each on a thread of its own, and returns the results in the order of the ranks.
///
/// The ranks exchange data as processes do. `body` must not throw, because the others would then wait.
package func withRanks<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Ranks) -> Result
) -> [Result] {
  let meeting = Meeting(count)
  let results = Mutex([Int: Result]())
  let done = DispatchGroup()
  for rank in 0..<count {
    done.enter()
    let thread = Thread {
      let result = body(Ranks(rank: rank, count: count) { meeting.exchange($0, from: rank) })
      results.withLock { $0[rank] = result }
      done.leave()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }
  done.wait()
  return results.withLock { results in (0..<count).compactMap { results[$0] } }
}

/// The place where the ranks of a test meet to exchange data.
private final class Meeting: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private var arrived: [Int: Data] = [:]
  private var complete: [Data] = []
  private var round = 0

  init(_ count: Int) { self.count = count }

  func exchange(_ data: Data, from rank: Int) -> [Data] {
    condition.lock()
    defer { condition.unlock() }
    arrived[rank] = data
    let round = round
    if arrived.count == count {
      complete = (0..<count).map { arrived[$0] ?? Data() }
      arrived = [:]
      self.round += 1
      condition.broadcast()
    }
    // No rank can begin the next round before all have left this one.
    while round == self.round { condition.wait() }
    return complete
  }
}
