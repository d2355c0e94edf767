import Files
import Foundation

/// An error as the program prints it: on one line, or as JSON.
struct ErrorReport {
  private let error: InputError

  init(_ error: InputError) { self.error = error }

  /// Returns true if the words of a command line ask for JSON.
  static func isWanted(by words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains("--json")
  }

  /// Prints the error on standard error, so that standard output holds results and nothing else.
  func print() {
    if Self.isWanted(by: Array(CommandLine.arguments.dropFirst())) {
      StatusLine.close(with: json)
    } else {
      StatusLine.close(with: Terminal.errors.styled("mixq:", .error) + " " + line)
    }
  }

  /// The error on one line, with its code at the end.
  var line: String { "\(error.description.printable(limit: 2000)) [\(error.code.rawValue)]" }

  /// The error as a JSON object on one line.
  var json: String {
    let object: JSONObject = [
      "error": [
        "code": error.code.rawValue, "exit_code": Int(error.kind.exitCode),
        "message": error.description, "what": error.what, "where": error.place,
        "why": error.reason, "next": error.remedy,
      ] as JSONObject
    ]
    return Files.json(object)
  }
}

extension InputError.Kind {
  /// The exit code, of sysexits(3) where it has one.
  var exitCode: Int32 {
    switch self {
    case .unmet: 1
    case .usage: 64
    case .badData: 65
    case .missingInput: 66
    case .failure: 70
    case .cannotWrite: 73
    case .interrupted: 75
    }
  }
}
