import Foundation

/// The folders of a module, and the declarations of other folders that each of them mentions.
///
/// The files directly in the module's folder count as a folder of their own, named ".". Types and
/// functions at the top level are known by their names; members of extensions are not seen.
struct FolderGraph {
  private struct Mention: Hashable {
    let from: String
    let to: String
    let name: String
  }

  private let mentions: Set<Mention>

  /// - Parameter files: The folder and the text of each Swift file.
  init(_ files: [(folder: String, text: String)]) {
    let files = files.map { (folder: $0.folder, code: Self.code(of: $0.text)) }
    var homes: [String: Set<String>] = [:]
    for file in files {
      for name in Self.declarations(in: file.code) { homes[name, default: []].insert(file.folder) }
    }
    var mentions: Set<Mention> = []
    for file in files {
      for name in Self.uses(in: file.code) {
        // A folder that declares the name itself means its own.
        guard let folders = homes[name], !folders.contains(file.folder) else { continue }
        for folder in folders {
          mentions.insert(Mention(from: file.folder, to: folder, name: name))
        }
      }
    }
    self.mentions = mentions
  }

  /// The mentions that are part of a cycle, one line per pair of folders.
  var cycles: [String] {
    let targets = Dictionary(grouping: mentions, by: \.from).mapValues { Set($0.map(\.to)) }
    func reached(from start: String) -> Set<String> {
      var (reached, next) = (Set<String>(), [start])
      while let folder = next.popLast() {
        if reached.insert(folder).inserted { next += targets[folder] ?? [] }
      }
      return reached
    }
    let reach = targets.keys.reduce(into: [:]) { $0[$1] = reached(from: $1) }
    let onCycles = mentions.filter { reach[$0.to]?.contains($0.from) == true }
    return Dictionary(grouping: onCycles) { "\($0.from) uses \($0.to)" }
      .map { "\($0): \($1.map(\.name).sorted().joined(separator: ", "))" }.sorted()
  }

  /// Returns Swift code without its comments and strings.
  private static func code(of text: String) -> String {
    let pattern = #"//[^\n]*|/\*[\s\S]*?\*/|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*""#
    return text.replacingOccurrences(of: pattern, with: "\"\"", options: .regularExpression)
  }

  /// Returns the names of types and, with parentheses, of functions that other files can mention.
  private static func declarations(in code: String) -> [String] {
    let start =
      #"(?m)^(?:@\w+(?:\([^)\n]*\))?\s+)*(?:(?:public|package|internal|indirect|final) )*"#
    return words(start + #"(?:struct|enum|class|protocol|typealias|actor) (\w+)"#, in: code)
      + words(start + #"func (\w+)"#, in: code).map { "\($0)()" }
  }

  /// Returns the capitalised words and, with parentheses, the names of called functions.
  private static func uses(in code: String) -> Set<String> {
    Set(words(#"\b([A-Z]\w*)"#, in: code))
      .union(words(#"(?<![\w.])(?<!func )(\w+)\("#, in: code).map { "\($0)()" })
  }

  /// Returns what the first group of `pattern` matches.
  private static func words(_ pattern: String, in code: String) -> [String] {
    guard let expression = try? NSRegularExpression(pattern: pattern) else {
      preconditionFailure("the pattern \(pattern) is valid")
    }
    return expression.matches(in: code, range: NSRange(code.startIndex..., in: code)).compactMap {
      Range($0.range(at: 1), in: code).map { String(code[$0]) }
    }
  }
}
