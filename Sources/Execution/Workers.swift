internal import Dispatch
internal import Synchronization

/// The number of threads that share a piece of work.
///
/// Results never depend on it. Work is cut by its own size, and a free thread takes the next item.
package struct Workers: Sendable, Equatable {
  package let count: Int

  package init(_ count: Int) {
    precondition(count > 0, "\(count) workers")
    self.count = count
  }

  /// A single worker: the calling thread.
  package static let one = Workers(1)

  /// Runs `body` once for every item of 0..<`items` and returns when all are done.
  ///
  /// `body` also receives the number of its worker, below `count`, so that each worker can have its
  /// own scratch memory.
  package func forEach(_ items: Int, _ body: @Sendable (_ item: Int, _ worker: Int) -> Void) {
    let active = min(count, items)
    guard active > 1 else {
      for item in 0..<items { body(item, 0) }
      return
    }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: active) { worker in
      while true {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard item < items else { return }
        body(item, worker)
      }
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
