internal import Files

/// An error that the caller can correct.
public struct MixQuantError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of an error.
  public enum Kind: Sendable {
    /// The request contradicts itself or cannot be satisfied.
    case usage
    /// A file was read, and its content is wrong or unsupported.
    case badData
    /// A file or folder is absent or cannot be read.
    case missingInput
    /// A file cannot be written, or would overwrite something.
    case cannotWrite
    /// The caller ended the run.
    case cancelled
    /// A bug in the library.
    case unexpected
  }

  /// The kind of the error.
  public let kind: Kind
  /// A line with the failed action, its place, the reason and the next step.
  public let description: String

  static let cancelled = MixQuantError(kind: .cancelled, description: "the run was cancelled")

  /// Returns the result of `work`; throws its errors as `MixQuantError`.
  static func wrapping<Result>(
    _ work: () throws -> Result
  ) throws(MixQuantError) -> Result {
    do { return try work() } catch let error as MixQuantError { throw error } catch let error
      as InputError
    {
      throw MixQuantError(kind: Kind(error.kind), description: error.description)
    } catch {
      throw MixQuantError(kind: .unexpected, description: "\(error)")
    }
  }
}

extension MixQuantError.Kind {
  fileprivate init(_ kind: InputError.Kind) {
    switch kind {
    case .usage: self = .usage
    case .badData: self = .badData
    case .missingInput: self = .missingInput
    case .cannotWrite: self = .cannotWrite
    case .interrupted: self = .cancelled
    case .unmet, .failure: self = .unexpected
    }
  }
}
