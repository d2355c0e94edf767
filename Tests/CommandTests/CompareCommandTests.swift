import Foundation
import Testing

@Suite("mixq compare")
struct CompareCommandTests {
  private let basics = [
    "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "20",
    "--data", "evaluation", "--steps", "5", "--batch", "10",
  ]

  @Test("A row per plan and method at equal bytes, and McNemar's p")
  func json() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        basics + [
          "--target-bits", "2.5", "--activation-bits", "6", "--activation-steps", "5", "--json",
          "--quiet",
        ])
      #expect(run.code == 0 && run.errors.isEmpty)
      let object = try run.json()
      let summary = try #require((object["experiments"] as? [[String: Any]])?.first)
      #expect(summary["activation_bits"] as? Int == 6 && summary["images"] as? Int == 40)
      let rows = try #require(summary["rows"] as? [[String: Any]])
      let names = rows.map { "\($0["contestant"] ?? "")+\($0["method"] ?? "")" }
      #expect(
        names == ["two-width+nearest", "mixquant+nearest", "two-width+brecq", "mixquant+brecq"])
      let bytes = rows.compactMap { $0["bytes"] as? Int }
      #expect(bytes[1] <= bytes[0] && bytes[3] <= bytes[2] && bytes[0] == bytes[2])
      let answers = try #require(
        (object["verdict"] as? [String: Any])?["answers"] as? [[String: Any]])
      #expect(answers.compactMap { $0["method"] as? String } == ["nearest", "brecq"])
      for answer in answers {
        let contrast = try #require(answer["contrast"] as? [String: Any])
        let p = try #require(contrast["mcnemar_of_majority"] as? Double)
        #expect(p > 0 && p <= 1)
      }
      #expect((object["sentences"] as? [String])?.count == 2)
    }
  }

  @Test("At 2 bits the verdict says that both plans are the same")
  func equalPlans() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(basics + ["--target-bits", "2"])
      #expect(run.code == 0)
      #expect(run.output.contains("mixquant and two-width have the same plan"))
    }
  }

  @Test("The output folder holds report, plans and packed files, which evaluate as the table says")
  func output() throws {
    try withWorkplace { workplace in
      let arguments = basics + ["--target-bits", "3", "--output", "out"]
      let run = try workplace.mixq(arguments + ["--json"])
      #expect(run.code == 0)
      func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
          atPath: workplace.folder.appending(path: folder).path
        ).sorted()
      }
      #expect(
        try names("out") == [
          "accuracy-brecq.svg", "accuracy-nearest.svg", "cells", "comparison.csv",
          "comparison.html", "comparison.md", "divergence-brecq.svg", "divergence-nearest.svg",
          "experiment.json", "packed", "plans", "report.json",
        ])
      let networks = ["mixquant+brecq", "mixquant+nearest", "two-width+brecq", "two-width+nearest"]
      #expect(
        try names("out/packed")
          == networks.flatMap { ["\($0)-3.0.plan.json", "\($0)-3.0.safetensors"] })
      let summary = try #require((try run.json()["experiments"] as? [[String: Any]])?.first)
      let rows = try #require(summary["rows"] as? [[String: Any]])
      let file = "out/packed/mixquant+brecq-3.0.safetensors"
      let scored = try workplace.mixq("evaluate", file, "--data", "evaluation", "--json").json()
      let correct = try #require(scored["correct1"] as? Double)
      #expect(2.5 * correct == rows[3]["top1"] as? Double)
      let inputs = try #require(scored["inputs"] as? [[String: Any]])
      #expect(inputs[0]["sha256"] as? String == rows[3]["sha256"] as? String)

      let plan = try workplace.mixq(
        "quantize", "shapes.safetensors", "--plan", "out/packed/mixquant+brecq-3.0.plan.json",
        "--method", "nearest", "--calibration", "calibration", "--calibration-images", "20",
        "--output", "again.mixq")
      #expect(plan.code == 0)
    }
  }

  @Test("Results are not written into the images that are read")
  func outputAmongImages() throws {
    try withWorkplace { workplace in
      for output in ["evaluation", "evaluation/out", "calibration/out"] {
        let run = try workplace.mixq(basics + ["--output", output])
        #expect(run.code == 73 && run.errors.contains("whose images the command reads"))
      }
      let file = try workplace.mixq(basics + ["--output", "shapes.safetensors"])
      #expect(file.code == 73 && file.errors.contains("it is a file"))
    }
  }

  @Test("Contestants of no standard question are compared with the first")
  func ownQuestion() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--data", "evaluation", "--target-bits", "2.5", "--methods", "nearest",
        "--allocators", "uniform,mixquant")
      #expect(run.code == 0 && run.output.contains("mixquant against uniform"))
    }
  }

  @Test("A packed file that was lost or changed is made again; the others are kept")
  func lostFile() throws {
    try withWorkplace { workplace in
      let words = [
        "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--data", "evaluation", "--target-bits", "2.5", "--methods", "nearest,gptq",
        "--output", "out",
      ]
      #expect(try workplace.mixq(words).code == 0)
      let file = "out/packed/mixquant+gptq-2.5.safetensors"
      let bytes = try workplace.contents(file)
      try workplace.write("not this", file)
      let run = try workplace.mixq(words)
      #expect(run.code == 0 && run.errors.components(separatedBy: "as before").count == 4)
      #expect(try workplace.contents(file) == bytes)
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
      // Without AVX-512 no compiled program runs a float network, and the page says so.
      let timings = ["Timed with", "No layer was timed"]
      #expect(!timings.contains { reports[0][0].contains($0) })
      #expect(timings.contains { reports[2][0].contains($0) })
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
      #expect(run.code == 0 && run.output.contains("39 images"))
      #expect(try workplace.names().contains("out"))
    }
  }

  @Test("A dry run prints both plans and writes nothing")
  func dryRun() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      let dry = basics + ["--target-bits", "2.5", "--dry-run", "--output", "out"]
      let text = try workplace.mixq(dry)
      #expect(text.code == 0)
      for part in ["two-width", "mixquant", "bytes of the file"] {
        #expect(text.output.contains(part))
      }
      let object = try workplace.mixq(dry + ["--json"]).json()
      let keys = ["design", "layers", "budgets", "schema", "tool", "inputs"]
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
