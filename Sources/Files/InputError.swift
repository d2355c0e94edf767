/// An error that the user can correct.
///
/// It says what failed, at which place, why, and what to do next. Every module throws this type for
/// bad input; a broken invariant traps instead. The command line prints the error with its code, and
/// maps `kind` to an exit code of sysexits(3).
package struct InputError: Error, Equatable, Codable, Sendable, CustomStringConvertible {
  /// The kinds of errors.
  package enum Kind: Sendable {
    /// The work was done, and its result does not meet a condition.
    case unmet
    /// The request contradicts itself or asks for something that does not exist.
    case usage
    /// The content of a file is wrong or not supported.
    case badData
    /// A file or folder is missing or cannot be read.
    case missingInput
    /// An output cannot be written, or it would overwrite something.
    case cannotWrite
    /// The program has a bug, or the machine has too little memory.
    case failure
    /// The work was interrupted and can resume.
    case interrupted
  }

  package let code: ErrorCode
  /// The failed action or the finding, as one clause: "cannot read the checkpoint".
  package let what: String
  /// The file, tensor, layer or flag that the error is about.
  package let place: String
  /// The reason, with the numbers that show it.
  package let reason: String
  /// The advice on what to do next; empty if there is nothing useful to say.
  package let remedy: String

  package init(
    _ code: ErrorCode, _ what: String, at place: String, because reason: String,
    try remedy: String = ""
  ) {
    self.code = code
    self.what = what
    self.place = place
    self.reason = reason
    self.remedy = remedy
  }

  package var kind: Kind { code.kind }

  /// The error in one line: `what: place: reason; remedy`.
  package var description: String {
    "\(what): \(place): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
  }
}
