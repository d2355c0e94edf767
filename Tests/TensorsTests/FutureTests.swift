import Tensors
import Testing

@Suite("Values made by another thread")
struct FutureTests {
  @Test("The value is what was made, however often it is asked for")
  func value() {
    let future = Future { (1...100).reduce(0, +) }
    #expect(future.value() == 5050 && future.value() == 5050)
  }

  @Test("Two futures are made side by side")
  func sideBySide() {
    let first = Future { 1 }
    let second = Future { first.value() + 1 }
    #expect(second.value() == 2)
  }
}
