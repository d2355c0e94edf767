import Execution
import Files
import Foundation
import TestSupport
import Testing

@testable import MixQuantKit

@Suite("Limit of memory")
struct MemoryLimitTests {
  private let folder = FileManager.default.temporaryDirectory
  private let estimate = RunEstimate(
    seconds: 1, activationSeconds: 0, bytes: 3 << 30, leastBytes: 700 << 20, probeSeconds: 0.1)

  private func limit(_ bytes: Int) -> MemoryLimit? { MemoryLimit(bytes: bytes, folder: folder) }

  @Test("Without a limit, or a sixth above the estimate, caches lie in memory")
  func memory() throws {
    for limit in [nil, limit(3584 << 20)] {
      let (storage, expected) = try limit.storage(for: estimate)
      #expect(storage == .memory && expected == estimate)
    }
    #expect(try limit(1).storage(for: nil).storage == .memory)
  }

  @Test("Above the limit, caches lie in files and the estimate of memory is lower")
  func files() throws {
    let (storage, expected) = try limit(3583 << 20).storage(for: estimate)
    #expect(storage == .file(in: folder) && expected?.bytes == 700 << 20)
  }

  @Test("A limit too small even with files is an error of use that states the least possible one")
  func tooLittle() {
    let error = inputError { _ = try limit(512 << 20).storage(for: estimate) }
    #expect(error?.kind == .usage && error?.place == "--max-memory")
    #expect(error?.reason.contains("817 MiB") == true && error?.remedy.contains("817M") == true)
  }
}
