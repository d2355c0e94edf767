/// An error that somebody outside the program can mend: what failed, where, why, and the next step.
///
/// Every module throws this one type for bad input; broken invariants trap instead. The command line
/// prints it and maps `kind` to an exit code of sysexits(3).
package struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Sendable {
    /// The request contradicts itself or asks for what does not exist.
    case usage
    /// A file was read and its content is wrong or unsupported.
    case badData
    /// A file or folder is absent or cannot be read.
    case missingInput
    /// An output cannot be written, or would overwrite something.
    case cannotWrite
  }

  package let kind: Kind
  /// What was attempted or found, as one clause: "cannot read the checkpoint".
  package let what: String
  /// The file, tensor, layer or flag concerned.
  package let place: String
  /// Why, with the numbers that show it.
  package let reason: String
  /// What to do next; empty where nothing sensible can be suggested.
  package let remedy: String

  package init(
    _ kind: Kind, _ what: String, at place: String, because reason: String, try remedy: String = ""
  ) {
    self.kind = kind
    self.what = what
    self.place = place
    self.reason = reason
    self.remedy = remedy
  }

  /// One line: `what: place: reason; remedy`.
  package var description: String {
    "\(what): \(place): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
  }
}
