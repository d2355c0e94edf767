import Foundation
import Testing

/// A browser without a window, where one is installed.
enum Browser {
  /// Chromium or Chrome, the first of the usual names that is in PATH.
  static let executable: URL? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return names.lazy.flatMap { name in
      folders.map { URL(filePath: String($0)).appending(path: name) }
    }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  /// What a page is after its scripts have run, and what was said on the console.
  struct Visit {
    let document: String
    let console: [String]
  }

  /// Opens `source` from disk, without a network, in a dark window if `isDark`.
  static func visit(_ source: String, isDark: Bool = false) throws -> Visit {
    var console: [String] = []
    let document = try run(
      source, ["--dump-dom", "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)"]
    ) { output, _, log in
      console = log.split(separator: "\n").filter { $0.contains(":CONSOLE") }.map(String.init)
      return output
    }
    return Visit(document: String(decoding: document, as: UTF8.self), console: console)
  }

  /// Returns `source` as it is printed, a PDF file.
  static func print(_ source: String) throws -> Data {
    try run(source, ["--no-pdf-header-footer", "--print-to-pdf=page.pdf"]) { _, folder, _ in
      try Data(contentsOf: folder.appending(path: "page.pdf"))
    }
  }

  /// Runs the browser on `source` in a folder of its own.
  private static func run(
    _ source: String, _ arguments: [String],
    _ result: (_ output: Data, _ folder: URL, _ log: String) throws -> Data
  ) throws -> Data {
    let executable = try #require(executable)
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "reports-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let page = folder.appending(path: "page.html")
    try source.write(to: page, atomically: true, encoding: .utf8)
    let (output, log) = (folder.appending(path: "output"), folder.appending(path: "log"))
    for file in [output, log] { try Data().write(to: file) }

    let process = Process()
    process.executableURL = executable
    process.arguments =
      [
        "--headless", "--disable-gpu", "--no-sandbox", "--enable-logging=stderr",
        "--user-data-dir=\(folder.appending(path: "profile").path)",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1200,900",
      ] + arguments + [page.absoluteString]
    process.currentDirectoryURL = folder
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try result(
      Data(contentsOf: output), folder, String(contentsOf: log, encoding: .utf8))
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test, saying why, where there is no browser.
  static var needsBrowser: Self {
    .enabled(if: Browser.executable != nil, "needs chromium or google-chrome in PATH")
  }
}
