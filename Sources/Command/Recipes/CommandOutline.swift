import ArgumentParser
import Foundation

/// The names and kinds of a command's arguments, as ArgumentParser describes them.
struct CommandOutline: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String

      /// The name with its dashes.
      var spelling: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    let kind: String
    let names: [Name]?
    let isOptional: Bool
    let isRepeating: Bool
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?

    /// The long name without dashes; nil for positional arguments.
    var longName: String? { names?.first { $0.kind == "long" }?.name }
  }

  let commandName: String
  let arguments: [Argument]?
  let subcommands: [CommandOutline]?

  /// Returns the outline of a command and all its subcommands.
  static func of(_ command: any ParsableCommand.Type) -> CommandOutline {
    struct Dump: Decodable { let command: CommandOutline }
    guard let dump = try? JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8))
    else { preconditionFailure("ArgumentParser describes its commands in JSON") }
    return dump.command
  }

  /// Returns the command that `words` begin with, and the number of words that name it.
  func command(in words: [String]) -> (names: [String], outline: CommandOutline) {
    guard let word = words.first,
      let subcommand = subcommands?.first(where: { $0.commandName == word })
    else { return ([], self) }
    let rest = subcommand.command(in: Array(words.dropFirst()))
    return ([word] + rest.names, rest.outline)
  }

  /// Returns the option or flag with the spelling `--name` or `-n`.
  func argument(spelled spelling: String) -> Argument? {
    arguments?.first { $0.names?.contains { $0.spelling == spelling } == true }
  }
}
