import Foundation
import Testing

/// A pseudo-terminal whose other end is read until all writers have closed it.
private struct PseudoTerminal {
  private let descriptor: Int32
  let name: String

  init(columns: Int) throws {
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // The requests TIOCSPTLCK and TIOCGPTN, which unlock the other end and return its number.
    var (lock, number): (Int32, UInt32) = (0, 0)
    try #require(
      descriptor >= 0 && ioctl(descriptor, 0x4004_5431, &lock) == 0
        && ioctl(descriptor, 0x8004_5430, &number) == 0)
    name = "/dev/pts/\(number)"
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0)
  }

  /// Changes the width, as a user does with the mouse.
  func resize(columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
  }

  /// Returns everything that was written.
  func read() -> String {
    var text: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Foundation.read(descriptor, &bytes, bytes.count)
      guard count > 0 else { break }
      text += bytes[..<count]
    }
    close(descriptor)
    return String(decoding: text, as: UTF8.self)
  }
}

@Suite("mixq on a terminal")
struct TerminalTests {
  private let quantize = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "20",
    "--method", "gptq", "--output", "q.mixq",
  ]

  /// Runs `mixq` with both streams on a terminal of `columns`, and returns what it shows.
  private func shown(
    _ arguments: [String], columns: Int, environment: [String: String] = [:],
    meanwhile: @escaping (PseudoTerminal) -> Void = { _ in }
  ) throws -> String {
    try withWorkplace { workplace in
      let terminal = try PseudoTerminal(columns: columns)
      // The reading end would see an end of file before the tool opens the terminal.
      let held = open(terminal.name, O_RDWR | O_NOCTTY)
      let text = Task.detachedText { terminal.read() }
      _ = try workplace.mixq(
        arguments, streams: (terminal.name, terminal.name),
        environment: ["TERM": "xterm", "NO_COLOR": "", "COLUMNS": ""].merging(environment) { $1 }
      ) { _ in meanwhile(terminal) }
      close(held)
      return text()
    }
  }

  /// The length of the longest line without colours and other control sequences.
  private func widest(_ shown: String) -> Int {
    let text = shown.replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "")
    return text.split { $0.isNewline || $0 == "\r" }.map(\.count).max() ?? 0
  }

  @Test("The bar fits the window, and turns while the probe runs", arguments: [40, 80])
  func bar(columns: Int) throws {
    let text = try shown(quantize, columns: columns)
    #expect(text.contains("probing") && text.contains("reconstructing"), "\(text)")
    let bars = text.split { $0 == "\r" || $0.isNewline }.filter { $0.contains("elapsed") }
    #expect(widest(bars.joined(separator: "\n")) < columns)
  }

  @Test("Tables fit the window")
  func table() throws {
    let text = try shown(["inspect", "shapes.safetensors"], columns: 70)
    let start = try #require(text.range(of: "layer  "))
    #expect(widest(String(text[start.lowerBound...])) <= 70, "\(text)")
    #expect(text.contains("layer3.2.conv2"))
  }

  @Test("COLUMNS has priority over the size of the window")
  func columns() throws {
    let text = try shown(
      ["plan", "shapes.safetensors", "--quiet"], columns: 200, environment: ["COLUMNS": "50"])
    let rows = text.split { $0.isNewline }.filter { $0.contains("█") }
    #expect(!rows.isEmpty && widest(rows.joined(separator: "\n")) <= 50, "\(text)")
  }

  @Test("Errors are red on a terminal, and never under NO_COLOR or TERM=dumb")
  func colour() throws {
    let wrong = ["inspect", "absent.pth"]
    let red = "\u{1B}[1;31m"
    #expect(try shown(wrong, columns: 80).contains(red))
    #expect(try !shown(wrong, columns: 80, environment: ["NO_COLOR": "1"]).contains("\u{1B}"))
    #expect(try !shown(wrong, columns: 80, environment: ["TERM": "dumb"]).contains("\u{1B}"))
  }

  @Test("A pipe has colours only if FORCE_COLOR asks for them, and JSON never has any")
  func forcedColour() throws {
    try withWorkplace { workplace in
      func message(_ environment: [String: String], _ more: String...) throws -> String {
        try workplace.mixq(["inspect", "absent.pth"] + more, environment: environment).errors
      }
      let (plain, forced) = (["NO_COLOR": ""], ["FORCE_COLOR": "1", "NO_COLOR": ""])
      let texts = try [
        message(plain), message(forced, "--json"), message(["FORCE_COLOR": "1", "NO_COLOR": "1"]),
      ]
      for text in texts { #expect(!text.contains("\u{1B}")) }
      let red = try message(forced)
      #expect(red.contains("\u{1B}[1;31m"))
    }
  }

  @Test("A window that becomes narrower gets narrower bars")
  func resize() throws {
    let long = quantize.map { $0 == "gptq" ? "brecq" : $0 } + ["--steps", "100", "--batch", "10"]
    let text = try shown(long, columns: 100) { terminal in
      usleep(1_500_000)
      terminal.resize(columns: 44)
    }
    let bars = text.split { $0 == "\r" || $0.isNewline }
      .filter { $0.contains("elapsed") || $0.contains("left ") }
    let last = try #require(bars.last)
    #expect(widest(String(last)) < 44, "\(bars.suffix(3))")
  }

  @Test("A file gets no control characters and few lines")
  func file() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(quantize)
      #expect(run.code == 0 && !run.errors.contains("\u{1B}") && !run.errors.contains("\r"))
      #expect(run.errors.split(separator: "\n").count { $0.contains("elapsed") } <= 8)
    }
  }
}

extension Task where Success == String, Failure == Never {
  /// Runs `work` in a thread of its own, and returns a function that waits for its text.
  fileprivate static func detachedText(_ work: @escaping @Sendable () -> String) -> () -> String {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var text = ""
    Thread.detachNewThread {
      text = work()
      done.signal()
    }
    return {
      done.wait()
      return text
    }
  }
}
