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

/// Calls `body` with a new folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "checkpoints-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// What reading `bytes` as a checkpoint gives.
func readCheckpoint(_ bytes: Data, preferEMA: Bool = false) throws(InputError) -> CheckpointFile {
  try Checkpoint.read(bytes, place: "test", preferEMA: preferEMA)
}

/// The error that reading `bytes` as a checkpoint throws.
func readingError(_ bytes: Data, preferEMA: Bool = false) throws -> InputError {
  try #require(throws: InputError.self) { try readCheckpoint(bytes, preferEMA: preferEMA) }
}

/// Expects the same names, in any order, with tensors within `tolerance` of the largest value of
/// each.
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
