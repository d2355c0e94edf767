import Files
import Foundation

/// The options of a command in a JSON file, to be kept, shared and run again.
///
///     { "command": "quantize", "options": { "method": "gptq", "weight-bits": 3, "pin": ["fc=8"] } }
///
/// Options have their long names without dashes. A flag is true or false, and an option that may be
/// repeated has a list. The value of `plan` is the path of a plan, or the plan itself. Options on the
/// command line have priority over those of the file.
struct RecipeFile: Codable, Equatable {
  /// The words of the command, such as `quantize` or `bench inference`.
  let command: String
  let options: [String: RecipeValue]

  /// The option that names a recipe file.
  static let option = "--recipe-file"
  /// The flag that prints the options of a command line as a recipe.
  static let printFlag = "--print-recipe"
  /// The options that are not part of a recipe.
  private static let ownNames: Set<String> = ["recipe-file", "print-recipe", "help", "version"]

  /// Returns `words` with the options of their recipe file in front of the other options.
  ///
  /// - Parameter program: The outline of `mixq`.
  /// - Throws: `missingInput` if the file cannot be read, `badData` if it is no recipe of the command or
  ///   names an option that the command lacks, and `usage` if the option has no value.
  static func expanding(
    _ words: [String], of program: CommandOutline
  ) throws(InputError) -> [String] {
    guard let (path, rest) = try takingOption(from: words) else { return words }
    let (names, outline) = program.command(in: rest)
    let recipe = try reading(from: path)
    guard recipe.command == names.joined(separator: " ") else {
      throw InputError(
        .badRecipe, "cannot use the recipe", at: path,
        because: "it is a recipe of mixq \(recipe.command)", try: "run mixq \(recipe.command)")
    }
    return names + (try recipe.arguments(of: outline, at: path)) + rest.dropFirst(names.count)
  }

  /// Returns the path of the recipe file in `words` and the other words; nil if there is none.
  private static func takingOption(
    from words: [String]
  ) throws(InputError) -> (path: String, rest: [String])? {
    let prefix = option + "="
    guard let index = words.firstIndex(where: { $0 == option || $0.hasPrefix(prefix) }) else {
      return nil
    }
    var rest = words
    let word = rest.remove(at: index)
    if word != option { return (String(word.dropFirst(prefix.count)), rest) }
    guard index < rest.count else {
      throw InputError(
        .missingValue, "missing value", at: option, because: "it needs the path of a recipe")
    }
    return (rest.remove(at: index), rest)
  }

  private static func reading(from path: String) throws(InputError) -> RecipeFile {
    let data = try InputFile.readText(URL(filePath: path))
    do { return try JSONDecoder().decode(RecipeFile.self, from: data) } catch {
      throw InputError(
        .badRecipe, "cannot read the recipe", at: path, because: decodingReason(error),
        try: "see Docs/Guide/CommandReference.md for the form of a recipe")
    }
  }

  /// Returns the options as words of a command line, sorted by name.
  private func arguments(of outline: CommandOutline, at path: String) throws(InputError) -> [String]
  {
    var words: [String] = []
    for (name, value) in options.sorted(by: { $0.key < $1.key }) {
      guard let argument = outline.argument(spelled: "--\(name)"), !Self.ownNames.contains(name)
      else {
        throw InputError(
          .badRecipe, "cannot use the recipe", at: path,
          because: "mixq \(command) has no option --\(name)",
          try: "see mixq \(command) --help for its options")
      }
      if case .object = value, name == Self.planOption {
        words.append("--\(name)=\(path)")
        continue
      }
      guard let more = value.words(option: "--\(name)", isFlag: argument.kind == "flag") else {
        throw InputError(
          .badRecipe, "cannot use the recipe", at: path,
          because: argument.kind == "flag"
            ? "--\(name) is a flag, so its value is true or false"
            : "the value of --\(name) is neither a number, text nor a list of these")
      }
      words += more
    }
    return words
  }
}

extension RecipeFile {
  /// Returns the recipe of the options in `words`.
  ///
  /// - Parameters:
  ///   - words: A command line that ArgumentParser accepts.
  ///   - program: The outline of `mixq`.
  init(describing words: [String], of program: CommandOutline) {
    let (names, outline) = program.command(in: words)
    var options: [String: RecipeValue] = [:]
    var rest = words.dropFirst(names.count)
    while let word = rest.popFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let argument = outline.argument(spelled: String(parts[0])),
        let name = argument.longName
      else { continue }
      if argument.kind == "flag" {
        if !Self.ownNames.contains(name) { options[name] = .flag(true) }
      } else if let text = parts.count == 2 ? String(parts[1]) : rest.popFirst() {
        let value = RecipeValue(text)
        if argument.isRepeating, case .list(let values)? = options[name] {
          options[name] = .list(values + [value])
        } else {
          options[name] = argument.isRepeating ? .list([value]) : value
        }
      }
    }
    self.init(command: names.joined(separator: " "), options: options)
  }
}
