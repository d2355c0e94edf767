import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// A small checkpoint made by Scripts/make-checkpoint-fixtures.py.
func fixture(_ name: String) -> URL {
  SharedFiles.projectRoot.appending(path: "Tests/Fixtures/Checkpoints/\(name)")
}

func goldenCheckpoint(_ name: String) throws -> URL {
  try SharedFiles.url("golden/checkpoints/\(name)")
}

/// Reads `bytes` as a checkpoint.
func readCheckpoint(_ bytes: Data, preferEMA: Bool = false) throws(InputError) -> CheckpointFile {
  try Checkpoint.read(bytes, place: "test", preferEMA: preferEMA)
}

/// Returns the error that reading `bytes` as a checkpoint throws.
func readingError(_ bytes: Data, preferEMA: Bool = false) throws -> InputError {
  try #require(throws: InputError.self) { try readCheckpoint(bytes, preferEMA: preferEMA) }
}

/// Expects the same names, in any order, and differences of at most `tolerance` times the largest
/// value of each tensor.
func expectEqual(
  _ actual: StateDict, _ expected: StateDict, tolerance: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(actual.names.sorted() == expected.names.sorted(), sourceLocation: sourceLocation)
  for name in expected.names {
    let left = try #require(actual[name], sourceLocation: sourceLocation)
    let right = try #require(expected[name], sourceLocation: sourceLocation)
    #expect(left.shape == right.shape, "\(name)", sourceLocation: sourceLocation)
    let error = relativeError(left.scalars, right.scalars)
    #expect(error <= tolerance, "\(name)", sourceLocation: sourceLocation)
  }
}
