import Execution
import Files
import Foundation
import Testing

@testable import Checkpoints

@Suite("Damaged files")
struct FuzzTests {
  private static let files = [
    "tiny_zip.pt", "tiny_legacy.pt", "tiny_training.pt", "tiny_whole_module.pt", "tiny_types.pt",
    "tiny_protocol5.pt", "tiny_strided_legacy.pt", "tiny.safetensors",
  ]

  /// Reads the damaged bytes; anything but a result or an `InputError` ends the test run.
  private func attempt(_ bytes: Data) {
    do throws(InputError) {
      _ = try readCheckpoint(bytes)
    } catch {
      #expect(error.kind == .badData)
    }
  }

  @Test("with bytes changed are read or refused, never trapped on", arguments: files)
  func changedBytes(name: String) throws {
    let original = try Data(contentsOf: fixture(name))
    var generator = SplitMix64(seed: 7)
    for _ in 0..<500 {
      var damaged = original
      for _ in 0...generator.index(below: 3) {
        damaged[generator.index(below: damaged.count)] = UInt8(generator.index(below: 256))
      }
      attempt(damaged)
    }
  }

  @Test("with numbers made extreme are read or refused", arguments: files)
  func extremeNumbers(name: String) throws {
    let original = try Data(contentsOf: fixture(name))
    var generator = SplitMix64(seed: 8)
    for _ in 0..<500 {
      let start = generator.index(below: original.count - 8)
      let width = 1 << generator.index(below: 4)
      let fill: UInt8 = [0x00, 0x7F, 0x80, 0xFF][generator.index(below: 4)]
      var damaged = original
      damaged.replaceSubrange(start..<start + width, with: Data(repeating: fill, count: width))
      attempt(damaged)
    }
  }

  @Test("that end anywhere are refused or, past the last tensor, read", arguments: files)
  func truncated(name: String) throws {
    let original = try Data(contentsOf: fixture(name))
    for length in stride(from: 0, to: original.count, by: 13) {
      attempt(original.prefix(length))
    }
  }
}
