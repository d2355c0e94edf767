import Execution
import Foundation
import Testing

/// The small version of Scripts/kill-points.
@Suite("Interrupted and killed runs")
struct ResumeTests {
  private static let data = [
    "--calibration", "calibration", "--calibration-images", "10", "--batch", "4", "--quiet",
  ]
  private static let commands: [String: [String]] = [
    "quantize": [
      "quantize", "shapes.safetensors", "--steps", "3", "--activation-bits", "4",
      "--activation-steps", "3", "--output", "q.mixq",
    ],
    "compare": [
      "compare", "shapes.safetensors", "--data", "evaluation", "--steps", "2",
      "--target-bits", "2.5", "--output", "table",
    ],
    "compare over seeds": [
      "compare", "shapes.safetensors", "--data", "evaluation", "--steps", "2", "--target-bits",
      "2.5", "--allocators", "two-width,mixquant", "--methods", "brecq", "--seeds", "2",
      "--output", "seeds",
    ],
    "search": [
      "quantize", "shapes.safetensors", "--data", "evaluation", "--steps", "2",
      "--max-drop", "20", "--output", "s.mixq",
    ],
  ]

  /// The names of all files, and the bytes of packed files and plans.
  private func results(_ workplace: Workplace) throws -> [String: Data] {
    var results: [String: Data] = [:]
    let paths = try FileManager.default.subpathsOfDirectory(atPath: workplace.folder.path)
    for path in paths where !path.contains("calibration/") && !path.contains("evaluation/") {
      let isExact =
        [".mixq", ".safetensors"].contains { path.hasSuffix($0) } || path.contains("plan")
      results[path] = isExact ? try? workplace.contents(path) : Data()
    }
    return results
  }

  @Test(
    "The same command resumes after kills at random moments and makes the same files",
    arguments: ["quantize", "compare", "compare over seeds", "search"])
  func kills(name: String) throws {
    let command = try #require(Self.commands[name]) + Self.data
    let clock = ContinuousClock()
    let start = clock.now
    let whole = try withWorkplace { workplace in
      #expect(try workplace.mixq(command).code == 0)
      return try results(workplace)
    }
    let length = Double((clock.now - start).components.seconds) + 0.5
    var generator = SplitMix64(seed: UInt64(name.utf8.count))
    try withWorkplace { workplace in
      for number in [SIGKILL, SIGTERM, SIGINT] {
        let moment = Double.random(in: 0.05...0.6, using: &generator) * length
        let code = try workplace.mixq(command, sending: number, after: moment)
        #expect(
          number == SIGKILL || code == 75 || code == 0, "\(number) at \(moment): \(code ?? -1)")
        if code == 0 { break }
      }
      if try results(workplace) != whole {
        let run = try workplace.mixq(command)
        #expect(run.code == 0, "\(run.errors)")
      }
      let files = try results(workplace)
      #expect(files.keys.sorted() == whole.keys.sorted())
      for (path, bytes) in whole { #expect(files[path] == bytes, "\(path)") }
    }
  }

  @Test("A state of another job is refused with the difference")
  func otherJob() throws {
    try withWorkplace { workplace in
      let command = try #require(Self.commands["quantize"]) + Self.data + ["--steps", "2000"]
      let state = workplace.folder.appending(path: "q.mixq.state")
      let run = try workplace.mixq(command) { process in
        while process.isRunning, !FileManager.default.fileExists(atPath: state.path) {
          usleep(5000)
        }
        process.terminate()
      }
      #expect(run.code == 75 && run.errors.contains("q.mixq.state keeps the finished units"))
      for (changed, words) in [
        (["--seed", "1"], "another recipe"), (["--weight-bits", "3"], "another plan"),
        (["--resize", "36"], "another transform"), (["--bn-eps", "1e-3"], "another model"),
      ] {
        let refused = try workplace.mixq(command + changed)
        #expect(refused.code == 73 && refused.errors.contains(words), "\(refused.errors)")
      }
      try workplace.remove("calibration")
      try FileManager.default.copyItem(
        at: workplace.folder.appending(path: "evaluation"),
        to: workplace.folder.appending(path: "calibration"))
      let refused = try workplace.mixq(command)
      #expect(
        refused.code == 73 && refused.errors.contains("other calibration images"),
        "\(refused.errors)")
    }
  }

  @Test("Every stage of every command ends within two seconds, with one line and no temporary file")
  func shapes() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      let clock = ContinuousClock()
      var sent = clock.now
      let run = try workplace.mixq(["shapes", "--count", "100000", "--output", "new/out"]) {
        process in
        usleep(500_000)
        sent = clock.now
        process.interrupt()
      }
      #expect(clock.now - sent < .seconds(4))
      #expect(run.code == 75 && run.errors.contains("run the same command again"))
      #expect(run.errors.split(separator: "\n").count == 1)
      #expect(try workplace.names() == before)
    }
  }
}
