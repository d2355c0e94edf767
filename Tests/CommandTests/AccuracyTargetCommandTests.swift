import Foundation
import Testing

@Suite("mixq quantize --max-drop")
struct AccuracyTargetCommandTests {
  private let basics = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "20",
    "--data", "evaluation", "--output", "q.safetensors",
  ]

  @Test("The smallest file within the drop appears, with a report that has every trial")
  func search() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        basics + ["--method", "nearest", "--allocator", "two-width", "--max-drop", "10", "--json"])
      #expect(run.code == 0)
      #expect(run.errors.contains(/search     \d+ plans, at most \d trials, about \d+:\d\d/))
      #expect(run.errors.contains("no longer a test set"))
      let object = try run.json()
      let trials = try #require(object["trials"] as? [[String: Any]])
      let keys = [
        "bits", "average_bits", "average_free_bits", "bytes", "top1", "drop", "drop_interval",
        "seconds", "kept",
      ]
      for trial in trials { #expect(Set(trial.keys) == Set(keys)) }
      let selection = try #require(object["selection"] as? [String: Any])
      #expect(selection["images"] as? Int == 40)
      #expect((selection["images_digest"] as? String)?.count == 64)
      #expect(
        try workplace.names() == [
          "calibration", "evaluation", "q.safetensors", "q.safetensors.report.json",
          "random.safetensors", "shapes.json", "shapes.safetensors",
        ])
      let report = try #require(
        JSONSerialization.jsonObject(with: workplace.contents("q.safetensors.report.json"))
          as? [String: Any])
      #expect(((report["search"] as? [String: Any])?["trials"] as? [Any])?.count == trials.count)

      let evaluation = try workplace.mixq("evaluate", "q.safetensors", "--data", "evaluation")
      #expect(evaluation.errors.contains("chosen by its top-1 on these same 40 images"))
      #expect(try workplace.mixq(basics + ["--max-drop", "10"]).code == 73)
    }
  }

  @Test("Without a file within the drop it exits with 1, a clear line, and no file")
  func nothing() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      let run = try workplace.mixq(
        basics + [
          "--method", "nearest", "--allocator", "uniform", "--max-drop", "0", "--confident",
        ])
      #expect(run.code == 1 && run.errors.contains("no plan keeps top-1 within 0.00 points"))
      #expect(try workplace.names() == before)
    }
  }

  @Test("No trial starts that would exceed --time-budget; a rerun with more time resumes")
  func timeBudget() throws {
    try withWorkplace { workplace in
      let nearest = basics + ["--method", "nearest", "--allocator", "uniform", "--max-drop", "10"]
      let short = try workplace.mixq(nearest + ["--time-budget", "0.000001s"])
      #expect(short.code == 1 && short.errors.contains("no trial fits into --time-budget"))
      #expect(try workplace.mixq(nearest + ["--time-budget", "1h"]).code == 0)
    }
  }

  private var search20: [String] { basics + ["--steps", "20", "--max-drop", "20"] }

  /// `search20`, interrupted after it has written a file within the limit.
  private func interruptedSearch(_ workplace: Workplace) throws -> Run {
    func isRecorded() -> Bool {
      let trials = workplace.folder.appending(path: "q.safetensors.search/trials")
      let names = (try? FileManager.default.contentsOfDirectory(atPath: trials.path)) ?? []
      return (try? workplace.contents("q.safetensors")) != nil
        && names.contains { $0.hasSuffix(".json") }
    }
    return try workplace.mixq(search20) { process in
      while process.isRunning, !isRecorded() { usleep(5000) }
      process.interrupt()
    }
  }

  @Test("SIGINT ends it with 75 and the best so far; the same command resumes")
  func interruption() throws {
    try withWorkplace { workplace in
      let run = try interruptedSearch(workplace)
      #expect(run.code == 75 && run.output.isEmpty)
      #expect(run.errors.contains("q.safetensors is the smallest file within the limit so far"))
      #expect(run.errors.contains("run the same command again"))
      #expect(try workplace.mixq("evaluate", "q.safetensors", "--data", "evaluation").code == 0)

      // Without time for another trial it keeps the file that it has.
      let hurried = try workplace.mixq(search20 + ["--time-budget", "0.001s"])
      #expect(hurried.code == 0 && hurried.errors.contains("as before"))

      let again = try workplace.mixq(search20)
      #expect(again.code == 0 && again.errors.contains(/resumes after [1-7] finished trials/))
      #expect(again.errors.contains("as before"))
    }
  }

  @Test("Another recipe's best file is not taken over; a file that no record names is not replaced")
  func otherFiles() throws {
    try withWorkplace { workplace in
      #expect(try interruptedSearch(workplace).code == 75)
      let narrow = [
        "--max-drop", "20", "--method", "nearest", "--allocator", "uniform", "--candidates", "2",
      ]
      let other = try workplace.mixq(basics + narrow)
      #expect(other.code == 1 && other.errors.contains("no plan keeps top-1"))
      #expect(try !workplace.names().contains("q.safetensors"))

      #expect(try interruptedSearch(workplace).code == 75)
      try workplace.remove("q.safetensors")
      try workplace.write("another's", "q.safetensors")
      #expect(try workplace.mixq(search20).code == 73)
    }
  }

  @Test("A dry run shows the plans and the number of trials, and keeps nothing")
  func dryRun() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      let run = try workplace.mixq(
        basics + ["--allocator", "uniform", "--max-drop", "1", "--dry-run"])
      #expect(run.code == 0 && run.output.contains("7 plans, at most 3 trials"))
      #expect(try workplace.names() == before)
    }
  }

  @Test(
    "Flags that contradict each other are wrong usage",
    arguments: [
      ["--max-drop", "-1"], ["--max-drop", "1", "--target-bits", "3"],
      ["--max-drop", "1", "--time-budget", "30"], ["--time-budget", "30m"], ["--confident"],
    ])
  func refusals(flags: [String]) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(basics + flags)
      #expect(run.code == 64)
    }
  }

  @Test("Without labelled images the search is refused")
  func noImages() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--output", "q",
        "--max-drop", "1")
      #expect(run.code == 64 && run.errors.contains("--data"))
    }
  }
}
