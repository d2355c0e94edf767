internal import Dispatch
internal import Synchronization

/// A value that another thread is making.
package final class Future<Value: Sendable>: Sendable {
  private let result = Mutex<Value?>(nil)
  private let done = DispatchGroup()

  /// Starts `make`.
  package init(_ make: @escaping @Sendable () -> Value) {
    DispatchQueue.global().async(group: done) { [self] in
      let value = make()
      result.withLock { $0 = value }
    }
  }

  /// Waits for the value.
  package func value() -> Value {
    done.wait()
    guard let value = result.withLock({ $0 }) else { preconditionFailure("no value was made") }
    return value
  }
}
