import Foundation
import TestSupport
import Testing

/// The folders of a module depend on each other in one direction, as the modules do.
@Suite struct FolderCyclesTests {
  private static let sources = SharedFiles.projectRoot.appending(path: "Sources")

  /// The modules that have folders with Swift files.
  private static let modules: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: sources.path)
    return (names ?? []).filter { Set(files(of: $0).map(\.folder)).count > 1 }.sorted()
  }()

  @Test("No folders of a module depend on each other in a cycle", arguments: modules)
  func module(name: String) {
    let cycles = FolderGraph(Self.files(of: name)).cycles
    #expect(cycles.isEmpty, "Sources/\(name):\n\(cycles.joined(separator: "\n"))")
  }

  @Test("The modules are found")
  func discovery() {
    #expect(Self.modules.contains("MixQuantKit") && Self.modules.contains("Studies"))
    #expect(Self.modules.count >= 10)
  }

  @Test("A cycle is reported with its folders and names")
  func cycle() {
    let graph = FolderGraph([
      ("Models", "package struct Model { let images: Images }"),
      ("Images", "struct Images {}\nfunc draw() -> Images { Images() }"),
      (".", "@main struct Tool { func run() { print(Report(draw())) } }"),
      ("Reports", "final class Report { let tool: Tool? = nil }"),
    ])
    #expect(graph.cycles == [". uses Reports: Report", "Reports uses .: Tool"])
  }

  @Test("A cycle over several folders is found, also through functions")
  func longCycle() {
    let graph = FolderGraph([
      ("A", "func first() { second() }"), ("B", "package func second() { _ = Third() }"),
      ("C", "public enum Third { func go() { first() } }"), ("D", "struct Fourth { let a: Third }"),
    ])
    #expect(graph.cycles == ["A uses B: second()", "B uses C: Third", "C uses A: first()"])
  }

  @Test(
    "Names in comments and strings, private names, own names and methods are no dependence",
    arguments: [
      "// A Model is read.", "/* A Model\n is read. */", "let text = \"a Model\"",
      "let text = \"\"\"\n  a Model\n  \"\"\"", "struct Model { let other: Model }",
      "let model = list.load(1)", "struct Loader { func load(_ number: Int) {} }",
      "let x = Models()",
      "let y: Hidden? = nil",
    ])
  func noCycle(text: String) {
    let graph = FolderGraph([
      ("Models", "struct Model { let use: Use }\nfunc load() {}\nprivate struct Hidden {}"),
      ("Uses", "struct Use {}\n" + text),
    ])
    #expect(graph.cycles.isEmpty)
  }

  /// Returns the folder and the text of each Swift file of a module.
  private static func files(of module: String) -> [(folder: String, text: String)] {
    let root = sources.appending(path: module)
    let paths =
      FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    return paths.sorted().filter { $0.hasSuffix(".swift") && !$0.contains(".docc/") }.compactMap {
      guard let text = try? String(contentsOf: root.appending(path: $0), encoding: .utf8) else {
        return nil
      }
      let folder = ($0 as NSString).deletingLastPathComponent
      return (folder.isEmpty ? "." : folder, text)
    }
  }
}
