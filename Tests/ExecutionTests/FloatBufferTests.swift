import Execution
import Files
import Foundation
import TestSupport
import Testing

@Suite("Buffers of floats")
struct FloatBufferTests {
  @Test("Buffers for kernels are aligned and zero", arguments: [0, 1, 1000, 600_000, 3_000_001])
  func aligned(count: Int) {
    let buffer = FloatBuffer(count: count)
    let alignment = count * MemoryLayout<Float>.stride < 2 << 20 ? 64 : 2 << 20
    #expect(Int(bitPattern: buffer.base) % alignment == 0)
    #expect((0..<count).allSatisfy { buffer.base[$0] == 0 })
  }

  @Test("A buffer copies values and can be cleared")
  func values() {
    let buffer = FloatBuffer([1, 2, 3])
    #expect((0..<3).map { buffer.base[$0] } == [1, 2, 3])
    buffer.clear()
    #expect((0..<3).map { buffer.base[$0] } == [0, 0, 0])
  }

  @Test("A cache keeps its floats through release, in memory and in a file")
  func caches() throws {
    try withTemporaryFolder { folder in
      for storage in [CacheStorage.memory, .file(in: folder)] {
        let buffer = try FloatBuffer(count: 10_000, storage: storage)
        #expect((0..<10_000).allSatisfy { buffer.base[$0] == 0 })
        for index in 0..<10_000 { buffer.base[index] = Float(index) }
        buffer.release()
        buffer.discard(behind: 5000)
        #expect((0..<5000).allSatisfy { buffer.base[$0] == Float($0) })
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test("A folder without room is an error")
  func absentFolder() {
    let absent = URL(filePath: "/absent/folder")
    let error = #expect(throws: InputError.self) {
      try FloatBuffer(count: 1, storage: .file(in: absent))
    }
    #expect(error?.kind == .cannotWrite)
  }
}
