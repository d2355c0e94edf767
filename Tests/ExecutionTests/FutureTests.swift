import Execution
import Synchronization
import Testing

@Suite("Values made by another thread")
struct FutureTests {
  @Test("Every call of value() returns the same value", arguments: [1, 2])
  func value(threads: Int) {
    let future = Future(context: Context(threads: threads)) { (1...100).reduce(0, +) }
    #expect(future.value() == 5050 && future.value() == 5050)
  }

  @Test("With one thread, the first call of value() makes the value, once")
  func oneWorker() {
    let made = Mutex(0)
    let future = Future(context: .serial) { made.withLock { $0 += 1 } }
    #expect(made.withLock { $0 } == 0)
    future.value()
    future.value()
    #expect(made.withLock { $0 } == 1)
  }

  @Test("A future can use the value of another one")
  func sideBySide() {
    let first = Future(context: Context(threads: 2)) { 1 }
    let second = Future(context: Context(threads: 2)) { first.value() + 1 }
    #expect(second.value() == 2)
  }
}
