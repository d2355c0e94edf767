import Foundation
import Testing

@Suite("mixq compare")
struct CompareCommandTests {
  private let basics = [
    "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "20",
    "--data", "evaluation", "--steps", "5", "--batch", "10",
  ]

  @Test("Five rows, with the keys that scripts rely on, and McNemar's p")
  func json() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        basics + [
          "--target-bits", "2.5", "--activation-bits", "6", "--activation-steps", "5", "--json",
          "--quiet",
        ])
      #expect(run.code == 0 && run.errors.isEmpty)
      let object = try run.json()
      let p = try #require(object["p_value"] as? Double)
      #expect(p > 0 && p <= 1)
      let rows = try #require(object["rows"] as? [[String: Any]])
      #expect(
        rows.compactMap { $0["name"] as? String } == [
          "full-precision", "nearest", "mixquant+nearest", "brecq", "mixquant+brecq",
        ])
      let keys = ["name", "top1", "correct1", "images", "kl", "bytes", "average_bits", "seconds"]
      for row in rows { #expect(Set(keys).isSubset(of: row.keys)) }
      let bytes = rows.compactMap { $0["bytes"] as? Int }
      #expect(bytes[2] <= bytes[1] && bytes[4] <= bytes[3] && bytes[1] == bytes[3])
    }
  }

  @Test("At 2 bits it is said that both plans are the same")
  func equalPlans() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(basics + ["--target-bits", "2"])
      #expect(run.code == 0 && run.errors.contains("both plans are the same"))
      #expect(run.output.contains("McNemar p = 1.0000"))
    }
  }

  @Test("The output folder holds table, plans and packed files, which evaluate as the table says")
  func output() throws {
    try withWorkplace { workplace in
      let arguments = basics + ["--target-bits", "3", "--output", "out"]
      let run = try workplace.mixq(arguments + ["--json"])
      #expect(run.code == 0)
      let names = try FileManager.default.contentsOfDirectory(
        atPath: workplace.folder.appending(path: "out").path)
      #expect(
        names.sorted() == [
          "accuracy-brecq.svg", "accuracy-nearest.svg", "brecq.safetensors", "comparison.csv",
          "comparison.html", "comparison.json", "comparison.md", "divergence-brecq.svg",
          "divergence-nearest.svg", "mixquant+brecq.safetensors", "mixquant+nearest.safetensors",
          "nearest.safetensors", "plan-alone.json", "plan-mixquant.json", "report.json",
        ])
      let rows = try #require(try run.json()["rows"] as? [[String: Any]])
      let scored = try workplace.mixq(
        "evaluate", "out/mixquant+brecq.safetensors", "--data", "evaluation", "--json"
      ).json()
      #expect(scored["correct1"] as? Int == rows[4]["correct1"] as? Int)

      #expect(try workplace.mixq(arguments).code == 73)
      try workplace.write("years of work", "out/thesis.tex")
      let refused = try workplace.mixq(arguments + ["--force"])
      #expect(refused.code == 73 && refused.errors.contains("thesis.tex"))
      #expect(!refused.errors.contains("self-check"))
    }
  }

  @Test("The same command gives the same report, which has times only if they are asked for")
  func reproducible() throws {
    try withWorkplace { workplace in
      let experiment = [
        "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--data", "evaluation", "--allocators", "two-width", "--methods", "nearest",
        "--target-bits", "3",
      ]
      let written = experiment + ["--output", "out"]
      let reports = try [written, written, written + ["--times"]].map { words in
        try #require(try workplace.mixq(words).code == 0)
        let names = ["comparison.html", "comparison.md", "comparison.csv", "report.json"]
        let texts = try names.map {
          String(decoding: try workplace.contents("out/\($0)"), as: UTF8.self)
        }
        try workplace.remove("out")
        return texts
      }
      #expect(reports[0] == reports[1])
      #expect(!reports[0][1].contains("seconds") && reports[2][1].contains("seconds"))
      #expect(!reports[0][0].contains("Timed with") && reports[2][0].contains("Timed with"))
      let idle = try workplace.mixq(experiment + ["--times"])
      #expect(idle.code == 64 && idle.errors.contains("--output"))
    }
  }

  @Test("The report does without images that cannot be read, the first one too")
  func skippedImages() throws {
    try withWorkplace { workplace in
      func first(in path: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(
          atPath: workplace.folder.appending(path: path).path)
        return "\(path)/\(try #require(names.min()))"
      }
      try workplace.write("no picture", first(in: first(in: "evaluation")))
      let arguments = basics + ["--target-bits", "2", "--output", "out"]
      #expect(try workplace.mixq(arguments).code == 65)
      let run = try workplace.mixq(arguments + ["--skip-bad-images"])
      #expect(run.code == 0 && run.output.contains("/39"))
      #expect(try workplace.names().contains("out"))
    }
  }

  @Test("A dry run prints both plans and writes nothing")
  func dryRun() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      let dry = basics + ["--target-bits", "2.5", "--dry-run", "--output", "out"]
      let text = try workplace.mixq(dry)
      #expect(text.code == 0 && text.output.contains("alone") && text.output.contains("mixquant"))
      let object = try workplace.mixq(dry + ["--json"]).json()
      let keys = [
        "recipe", "layers", "uniform_bits", "mixquant_bits", "uniform_bytes", "mixquant_bytes",
        "schema", "tool", "inputs",
      ]
      #expect(Set(object.keys) == Set(keys))
      #expect(try workplace.names() == before)
    }
  }

  @Test("A network at chance is refused, and no folder appears")
  func chance() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        "compare", "random.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--data", "evaluation", "--output", "out")
      #expect(run.code == 65 && run.errors.contains("no better than chance"))
      #expect(run.output.isEmpty)
      #expect(try !workplace.names().contains("out"))
    }
  }
}
