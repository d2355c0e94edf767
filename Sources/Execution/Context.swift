internal import Dispatch
internal import Synchronization

/// The means of a computation: the threads and processes that share its work, and the place of its large
/// caches.
///
/// It is passed down from the command to the kernels. Results never depend on it: work is cut by its own
/// size, and a free thread takes the next item.
package struct Context: Sendable {
  /// The number of threads.
  package let threads: Int
  /// The place of caches that hold all calibration images; a memory limit may put them into files.
  package var caches = CacheStorage.memory
  /// The processes that share the work; only a few functions use them, and their comments mention it.
  package var ranks = Ranks.alone
  /// The threads that stand by inside `withTeam`.
  private var team: Team?

  package init(threads: Int, caches: CacheStorage = .memory, ranks: Ranks = .alone) {
    precondition(threads > 0, "\(threads) threads")
    self.threads = threads
    self.caches = caches
    self.ranks = ranks
  }

  /// A context of the calling thread alone.
  package static let serial = Context(threads: 1)

  /// Returns this context with its caches at another place.
  package func keeping(caches: CacheStorage) -> Context {
    Context(threads: threads, caches: caches, ranks: ranks)
  }

  /// This context without other processes.
  package var alone: Context { Context(threads: threads, caches: caches) }

  /// Runs `body` once for every item of 0..<`items` and returns when all are done.
  ///
  /// `body` also receives the number of its worker, below `threads`, so that each worker can have its
  /// own scratch memory.
  package func forEach(_ items: Int, _ body: @Sendable (_ item: Int, _ worker: Int) -> Void) {
    let active = min(threads, items)
    guard active > 1 else {
      for item in 0..<items { body(item, 0) }
      return
    }
    if let team { return team.forEach(items, body) }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: active) { worker in
      while true {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard item < items else { return }
        body(item, worker)
      }
    }
  }

  /// Calls `body` with a context whose threads stand by between one parallel part and the next.
  ///
  /// A team pays for many short parts in a row. Only the calling thread may use that context; the items of
  /// a part may not.
  package func withTeam<Result>(_ body: (Context) throws -> Result) rethrows -> Result {
    guard threads > 1, team == nil else { return try body(self) }
    return try Team.with(threads: threads) { team in
      var context = self
      context.team = team
      return try body(context)
    }
  }

  /// Returns the values of `body` for every item of 0..<`items`, in the order of the items.
  package func map<T: Sendable>(_ items: Int, _ body: @Sendable (Int) -> T) -> [T] {
    [T](unsafeUninitializedCapacity: items) { buffer, count in
      let slots = SharedPointer(buffer)
      forEach(items) { item, _ in slots.base.initializeElement(at: item, to: body(item)) }
      count = items
    }
  }
}
