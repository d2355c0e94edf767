import Files

extension CommandLineWords {
  /// Throws if arguments or options that the command needs are missing, or arguments are left over.
  func requireComplete() throws(InputError) {
    let missing = (outline.arguments ?? []).filter { argument in
      argument.kind == "option" && !argument.isOptional
        && argument.longName.map { values[$0] == nil } == true
    }
    guard positionals.count >= slots.count else {
      let slot = slots[positionals.count]
      throw InputError(
        .missingArgument, "an argument is missing", at: "<\(slot.valueName ?? "argument")>",
        because: "\(name) needs " + (slot.abstract ?? "it").loweringFirst.withoutStop,
        try: "see \(name) --help")
    }
    if slots.last?.isRepeating != true, positionals.count > slots.count {
      throw extra(positionals[slots.count...], missing)
    }
    guard let option = missing.first else { return }
    throw InputError(
      .missingOption, "an option is missing",
      at: missing.compactMap(\.longName).map { "--\($0)" }.joined(separator: ", "),
      because: "\(name) needs " + (option.abstract ?? "it").loweringFirst.withoutStop,
      try: "give " + missing.map(Self.form).listed("and"))
  }

  /// Returns an option with the name of its value, as help shows it.
  private static func form(_ option: Argument) -> String {
    "--\(option.longName ?? "") <\(option.valueName ?? "value")>"
  }

  private func extra(_ words: ArraySlice<String>, _ missing: [Argument]) -> InputError {
    let count = slots.isEmpty ? "no arguments" : slots.count == 1 ? "one argument" : "two arguments"
    let advice: String
    if words.count == 1, missing.count == 1, let option = missing[0].longName,
      let word = words.first
    {
      advice = "did you mean --\(option) \(word.printable(limit: 80))?"
    } else {
      advice = "quote names with spaces, and see \(name) --help"
    }
    return InputError(
      .extraArgument, "cannot use the argument", at: (words.first ?? "").printable(limit: 80),
      because: "\(name) takes \(count)", try: advice)
  }

  /// Returns the error for an option that the command lacks.
  func unknown(_ spelling: String, meaning: String? = nil) -> InputError {
    let names = (outline.arguments ?? []).compactMap(\.longName)
    let likely =
      meaning ?? NearMiss.suggestion(for: spelling, among: names).map { "--\($0)" }
      ?? Self.synonyms[NearMiss.plain(spelling)].flatMap { synonym in
        synonym.first(where: names.contains).map { "--\($0)" }
      }
    let others = commands(with: spelling)
    let reason =
      likely == nil && !others.isEmpty
      ? "\(name) has no such option; \(others.map { "mixq \($0)" }.listed("and")) "
        + (others.count == 1 ? "has it" : "have it")
      : "\(name) has no such option"
    return InputError(
      .unknownOption, "cannot use the option", at: spelling.printable(limit: 80),
      because: reason,
      try: likely.map { "did you mean \($0)?" } ?? "see \(name) --help-hidden for all options")
  }

  /// The names of commands that have an option.
  private func commands(with spelling: String) -> [String] {
    func search(_ outline: CommandOutline, _ names: [String]) -> [String] {
      let own = outline.argument(spelled: spelling) == nil ? [] : [names.joined(separator: " ")]
      return own
        + (outline.subcommands ?? []).flatMap { search($0, names + [$0.commandName]) }
    }
    return search(program, []).filter { !$0.isEmpty }
  }

  /// Options of other tools, with the names of ours that mean the same.
  private static let synonyms = [
    "wbits": ["weight-bits"], "w-bits": ["weight-bits"], "bits-weights": ["weight-bits"],
    "abits": ["activation-bits"], "a-bits": ["activation-bits"],
    "avg-bits": ["target-bits"], "average-bits": ["target-bits"], "mean-bits": ["target-bits"],
    "calib": ["calibration"], "calib-data": ["calibration"], "calibration-data": ["calibration"],
    "calib-images": ["calibration-images"], "num-samples": ["calibration-images"],
    "nsamples": ["calibration-images"], "out": ["output"], "output-file": ["output"],
    "outfile": ["output"], "dataset": ["data"], "data-dir": ["data"], "images": ["data"],
    "num-threads": ["threads"], "workers": ["threads"], "jobs": ["threads"], "silent": ["quiet"],
    "batch-size": ["batch"], "iterations": ["steps"], "iters": ["steps"], "overwrite": ["force"],
    "memory": ["max-memory"], "max-size": ["max-bytes"], "size": ["max-bytes"],
    "top1": ["min-top1"], "format-json": ["json"], "image-size": ["crop"],
  ]
}

extension String {
  /// The text with a small first letter, unless a second capital follows it.
  fileprivate var loweringFirst: String {
    guard let first, dropFirst().first?.isUppercase != true else { return self }
    return first.lowercased() + dropFirst()
  }

  fileprivate var withoutStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
