import Files

/// A reader of command lines before ArgumentParser.
///
/// It reports wrong words and values with the reason and the likely meaning, and writes every option in one
/// form: `-t4`, `-t 4` and `--threads 4` become `--threads=4`.
struct CommandLineReader {
  /// Words after which ArgumentParser prints help, a version or completions, whatever else is there.
  private static let requests: Set<String> = [
    "-h", "--help", "--help-hidden", "--version", "--experimental-dump-help",
    "--generate-completion-script", "---completion", "--",
  ]

  /// The outline of `mixq`.
  let program: CommandOutline

  /// Returns `words` in one form.
  ///
  /// - Throws: An error of wrong usage for unknown commands and options, for missing, superfluous and
  ///   malformed values, and for missing arguments; an error of paths from `PathRoles`.
  func read(_ words: [String]) throws(InputError) -> [String] {
    if words.first == "-V" { return ["--version"] }
    let request = words.first { word in
      Self.requests.contains { word == $0 || word.hasPrefix($0 + "=") }
    }
    let (names, outline) = try command(in: words)
    guard request == nil || request == "--", outline.subcommands == nil else { return words }
    guard names != ["help"] else { return words }
    var line = CommandLineWords(command: names, outline: outline, program: program)
    try line.take(words.dropFirst(names.count))
    try line.requireComplete()
    try PathRoles(line).check()
    return names + line.canonical
  }

  /// Returns the command that `words` begin with; throws if they name none.
  private func command(
    in words: [String]
  ) throws(InputError) -> (names: [String], outline: CommandOutline) {
    var outline = program
    var names: [String] = []
    for word in words {
      guard let subcommands = outline.subcommands, !subcommands.isEmpty else { break }
      // ArgumentParser prints help for options of commands that have subcommands.
      if Self.requests.contains(where: { word == $0 || word.hasPrefix($0 + "=") }) { break }
      guard let subcommand = subcommands.first(where: { $0.commandName == word }) else {
        throw Self.unknown(word, after: names, among: subcommands.map(\.commandName))
      }
      names.append(word)
      outline = subcommand
      // `help` takes the names of commands as its arguments.
      if word == "help", names.count == 1 { return try help(words) }
    }
    return (names, outline)
  }

  /// Checks the words after `help`.
  private func help(
    _ words: [String]
  ) throws(InputError) -> (names: [String], outline: CommandOutline) {
    var outline = program
    var names: [String] = []
    for word in words.dropFirst() where !word.hasPrefix("-") {
      let subcommands = outline.subcommands ?? []
      guard let subcommand = subcommands.first(where: { $0.commandName == word }) else {
        throw Self.unknown(word, after: names, among: subcommands.map(\.commandName))
      }
      names.append(word)
      outline = subcommand
    }
    return (["help"], program)
  }

  private static func unknown(
    _ word: String, after names: [String], among commands: [String]
  ) -> InputError {
    let program = (["mixq"] + names).joined(separator: " ")
    guard !word.hasPrefix("-") else {
      return InputError(
        .unknownOption, "cannot use the option", at: word.printable(limit: 80),
        because: "\(program) itself has no such option, and options follow the command",
        try: "see \(program) --help")
    }
    guard !commands.isEmpty else {
      return InputError(
        .unknownCommand, "there is no such command", at: word.printable(limit: 80),
        because: "\(program) has no commands of its own", try: "see \(program) --help")
    }
    let likely =
      NearMiss.suggestion(for: word, among: commands) ?? synonyms[NearMiss.plain(word)]
    return InputError(
      .unknownCommand, "there is no such command", at: word.printable(limit: 80),
      because: "the commands of \(program) are "
        + commands.filter { $0 != "help" }.listed("and"),
      try: likely.flatMap { commands.contains($0) ? "did you mean \($0)?" : nil }
        ?? "see \(program) --help")
  }

  /// Words that other tools use for commands of `mixq`.
  private static let synonyms = [
    "quantise": "quantize", "eval": "evaluate", "validate": "evaluate", "val": "evaluate",
    "test": "evaluate", "score": "evaluate", "convert": "export", "info": "inspect",
    "show": "inspect", "predict": "classify", "benchmark": "bench", "check": "verify",
  ]
}
