import Files

/// The arguments and options of one command line.
struct CommandLineWords {
  typealias Argument = CommandOutline.Argument

  /// The words that name the command.
  let command: [String]
  let outline: CommandOutline
  /// The outline of `mixq`.
  let program: CommandOutline
  /// The positional arguments.
  private(set) var positionals: [String] = []
  /// The last value of each option, by its long name.
  private(set) var values: [String: String] = [:]
  /// The options with their long names, in the order of the command line.
  private var options: [String] = []

  init(command: [String], outline: CommandOutline, program: CommandOutline) {
    self.command = command
    self.outline = outline
    self.program = program
  }

  /// The name of the program with the command.
  var name: String { (["mixq"] + command).joined(separator: " ") }

  /// The words in one form, for ArgumentParser.
  var canonical: [String] {
    let needsEnd = positionals.contains { $0.hasPrefix("-") }
    return options + (needsEnd ? ["--"] : []) + positionals
  }

  /// The positional arguments that the command takes.
  var slots: [Argument] { outline.arguments?.filter { $0.kind == "positional" } ?? [] }

  /// Takes the words after the command.
  mutating func take(_ words: ArraySlice<String>) throws(InputError) {
    var words = words
    while let word = words.popFirst() {
      if word == "--" {
        positionals += words
        return
      }
      if word.hasPrefix("--") {
        try takeLong(word, &words)
      } else if word.hasPrefix("-"), word.count > 1 {
        try takeShort(word, &words)
      } else {
        positionals.append(word)
      }
    }
  }

  private mutating func takeLong(
    _ word: String, _ words: inout ArraySlice<String>
  ) throws(InputError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let spelling = String(parts[0])
    guard let argument = outline.argument(spelled: spelling) else { throw unknown(spelling) }
    try set(argument, spelling, parts.count == 2 ? String(parts[1]) : nil, &words)
  }

  /// Takes `-q`, several flags such as `-qv`, or an option such as `-t 4`, `-t4` and `-t=4`.
  private mutating func takeShort(
    _ word: String, _ words: inout ArraySlice<String>
  ) throws(InputError) {
    // One dash before a long name, as in -output, would read as -o with a value.
    let long = String(word.prefix { $0 != "=" })
    if word.count > 3, outline.argument(spelled: "-" + long) != nil {
      throw unknown(word, meaning: "-" + long)
    }
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let argument = outline.argument(spelled: "-\(letter)") else {
        throw unknown(word)
      }
      guard argument.kind == "option" else {
        try set(argument, "-\(letter)", nil, &words)
        continue
      }
      let joined = letters.first == "=" ? letters.dropFirst() : letters
      return try set(
        argument, "-\(letter)", letters.isEmpty ? nil : String(joined), &words)
    }
  }

  private mutating func set(
    _ argument: Argument, _ spelling: String, _ attached: String?,
    _ words: inout ArraySlice<String>
  ) throws(InputError) {
    guard let name = argument.longName else { return }
    guard argument.kind == "option" else {
      guard attached == nil else {
        throw InputError(
          .badValue, "cannot use the value", at: "\(spelling)=\(attached ?? "")",
          because: "\(spelling) is a flag, which has no value", try: "write \(spelling) alone")
      }
      options.append("--\(name)")
      return
    }
    let value: String
    if let attached { value = attached } else { value = try next(for: argument, spelling, &words) }
    try check(value, of: argument)
    options.append("--\(name)=\(value)")
    values[name] = value
  }

  /// Returns the next word as the value of an option; a negative number is a value and not an option.
  private func next(
    for argument: Argument, _ spelling: String, _ words: inout ArraySlice<String>
  ) throws(InputError) -> String {
    let next = words.first
    let isNumber =
      next.map {
        $0.hasPrefix("-") && $0.dropFirst().first.map { $0.isNumber || $0 == "." } == true
      }
      ?? false
    guard let next, !next.hasPrefix("-") || next == "-" || isNumber else {
      throw InputError(
        .missingValue, "a value is missing", at: spelling,
        because: next.map { "the next word, \($0.printable(limit: 40)), is an option" }
          ?? "the command line ends here",
        try: "write \(spelling) <\(argument.valueName ?? "value")>"
          + (next == nil ? "" : ", or \(spelling)=\(next ?? "") if that is the value"))
    }
    words.removeFirst()
    return next
  }

  private func check(_ value: String, of argument: Argument) throws(InputError) {
    let spelling = "--\(argument.longName ?? "")"
    let choices = argument.allValues ?? []
    let name = argument.valueName ?? ""
    let suffix = ",..."
    guard name.hasSuffix(suffix) else {
      guard let fault = ValueForm(named: name, choices: choices).fault(of: value) else { return }
      throw InputError(
        .badValue, "cannot use the value", at: "\(spelling) \(value.printable(limit: 80))",
        because: fault.reason, try: fault.remedy)
    }
    let form = ValueForm(named: String(name.dropLast(suffix.count)), choices: choices)
    var seen: Set<String> = []
    for item in value.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let fault =
        form.fault(of: item)
        ?? (seen.insert(item).inserted
          ? nil : ValueForm.Fault(reason: "it is there twice", remedy: "leave it out once"))
      guard let fault else { continue }
      throw InputError(
        .badValue, "cannot use the list", at: "\(spelling) \(value.printable(limit: 80))",
        because: "item '\(item.printable(limit: 40))': \(fault.reason)", try: fault.remedy)
    }
  }
}
