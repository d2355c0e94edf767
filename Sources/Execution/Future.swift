internal import Dispatch
internal import Synchronization

/// A value that another thread computes; if there is only one thread, the caller computes it.
package final class Future<Value: Sendable>: Sendable {
  private let result = Mutex<Value?>(nil)
  private let done = DispatchGroup()
  // The work that `value` does itself if there is only one thread.
  private let make: (@Sendable () -> Value)?

  /// Starts `make` on another thread; if `context` has only one, `value` runs it instead.
  package init(context: Context, _ make: @escaping @Sendable () -> Value) {
    self.make = context.threads == 1 ? make : nil
    guard context.threads > 1 else { return }
    DispatchQueue.global().async(group: done) { [self] in
      let value = make()
      result.withLock { $0 = value }
    }
  }

  /// Returns the value, and waits for it if necessary.
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
