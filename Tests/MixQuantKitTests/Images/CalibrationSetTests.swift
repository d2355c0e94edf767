import KitSupport
import Datasets
import Execution
import Files
import Foundation
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

  @Test("Images that are all equal give a warning, different ones give none")
  func likeness() throws {
    try withTemporaryFolder { folder in
      let pool = try shapes(20, seed: 1, in: folder)
      let different = try CalibrationSet(drawing: 10, from: pool, seed: 0, transform: .cifar)
      #expect(different.warnings(context: .serial).isEmpty)
      let copies = folder.appending(path: "copies")
      try FileManager.default.createDirectory(at: copies, withIntermediateDirectories: true)
      for index in 0..<10 {
        try pool.contents(of: pool.items[0]).write(to: copies.appending(path: "\(index).png"))
      }
      let alike = try CalibrationSet(
        drawing: 10, from: ImageSet.open(copies, purpose: .calibration), seed: 0,
        transform: .cifar)
      let warnings = alike.warnings(context: .serial)
      #expect(warnings.count == 1 && warnings[0].contains("all alike: 10 of them differ by 0.000"))
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
