internal import Dispatch
internal import Synchronization

/// A value that another thread is making, or the one that asks for it where there is no other.
package final class Future<Value: Sendable>: Sendable {
  private let result = Mutex<Value?>(nil)
  private let done = DispatchGroup()
  // Left to who asks.
  private let make: (@Sendable () -> Value)?

  /// Starts `make` on another thread; with `workers` that are only one, it waits to be asked for.
  package init(workers: Workers, _ make: @escaping @Sendable () -> Value) {
    self.make = workers == .one ? make : nil
    guard workers != .one else { return }
    DispatchQueue.global().async(group: done) { [self] in
      let value = make()
      result.withLock { $0 = value }
    }
  }

  /// Waits for the value.
  package func value() -> Value {
    done.wait()
    return result.withLock { result in
      if let result { return result }
      guard let value = make?() else { preconditionFailure("no value was made") }
      result = value
      return value
    }
  }
}
