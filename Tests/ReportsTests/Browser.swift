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

  /// Opens `source` from disk, without a network.
  static func visit(_ source: String) throws -> Visit {
    let executable = try #require(executable)
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "reports-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let page = folder.appending(path: "page.html")
    try source.write(to: page, atomically: true, encoding: .utf8)
    let (document, log) = (folder.appending(path: "document"), folder.appending(path: "log"))
    for file in [document, log] { try Data().write(to: file) }

    let process = Process()
    process.executableURL = executable
    process.arguments = [
      "--headless", "--disable-gpu", "--no-sandbox", "--enable-logging=stderr",
      "--user-data-dir=\(folder.appending(path: "profile").path)",
      "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1200,900", "--dump-dom",
      page.absoluteString,
    ]
    process.standardOutput = try FileHandle(forWritingTo: document)
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
    return Visit(
      document: try String(contentsOf: document, encoding: .utf8),
      console: lines.filter { $0.contains(":CONSOLE") }.map(String.init))
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test, saying why, where there is no browser.
  static var needsBrowser: Self {
    .enabled(if: Browser.executable != nil, "needs chromium or google-chrome in PATH")
  }
}
