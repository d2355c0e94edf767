import KitSupport
import Datasets
import Files
import MixQuantKit
import TestSupport
import Testing

@Suite("Calibration set")
struct CalibrationSetTests {
  @Test("A seed draws the same images every time, another seed others")
  func drawing() throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(40, seed: 1, in: folder)
      func set(_ seed: UInt64) throws -> CalibrationSet {
        try CalibrationSet(drawing: 10, from: pool, seed: seed, transform: .cifar)
      }
      #expect(try set(0).images.items == set(0).images.items)
      #expect(try set(0).digest == set(0).digest)
      #expect(try set(0).digest != set(1).digest)
    }
  }

  @Test("More images than there are is an error of use with both numbers")
  func tooMany() throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(20, seed: 1, in: folder)
      let error = inputError {
        _ = try CalibrationSet(drawing: 21, from: pool, seed: 0, transform: .cifar)
      }
      #expect(error?.kind == .usage && error?.what.contains("21") == true)
      #expect(error?.reason.contains("20") == true)
    }
  }
}
