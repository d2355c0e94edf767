package import Files

/// An error that the caller can mend: what failed, where, why, and the next step.
public struct MixQuantError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The reason in one word.
  public enum Kind: Sendable {
    /// The request contradicts itself or asks for what does not exist.
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

  public let kind: Kind
  /// One line: what failed, where, why, and the next step.
  public let description: String

  static let cancelled = MixQuantError(kind: .cancelled, description: "the run was cancelled")

  /// Returns the result of `work`; throws its errors as errors of this type.
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
    }
  }
}
