import ArgumentParser
import Files

extension Command {
  /// Returns `error` if it is no error but a request for help, the version or completions; else nil.
  static func requestOfParser(_ error: any Error) -> (any Error)? {
    error is InputError || exitCode(for: error) != .success ? nil : error
  }

  /// Returns the error that the program prints for `error`.
  static func inputError(from error: any Error) -> InputError {
    if let error = error as? InputError ?? validationError(in: error) { return error }
    guard exitCode(for: error) == .validationFailure else {
      return InputError(
        .internalError, "internal error", at: "mixq", because: "\(error)",
        try: "report it with the command line and the version")
    }
    return InputError(
      .usage, "cannot read the command line", at: "mixq", because: message(for: error),
      try: "see --help")
  }

  /// Returns the `InputError` that a `validate` threw, which ArgumentParser wraps in errors of its own.
  private static func validationError(in error: any Error) -> InputError? {
    var layers: [Any] = [error]
    // A CommandError holds a ParserError, whose case holds the error.
    for _ in 0..<4 {
      layers = layers.flatMap { Mirror(reflecting: $0).children.map(\.value) }
      if let error = layers.lazy.compactMap({ $0 as? InputError }).first { return error }
    }
    return nil
  }
}
