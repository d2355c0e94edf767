import Execution
import Testing

@Suite("Huge pages")
struct HugePagesTests {
  @Test("Buffers of any size keep what is written after the advice", arguments: [0, 1, 3_000_001])
  func contents(count: Int) {
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.preferHugePages()
      for index in 0..<count { buffer.initializeElement(at: index, to: Float(index % 1000)) }
      initialized = count
    }
    #expect(values.count == count && values.last == (count == 0 ? nil : Float((count - 1) % 1000)))
  }
}
