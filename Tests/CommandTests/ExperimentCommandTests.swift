import Foundation
import Testing

@Suite("mixq compare over allocators, budgets and seeds, and mixq verdict")
struct ExperimentCommandTests {
  private let basics = [
    "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "20",
    "--data", "evaluation", "--random-fills", "2", "--allocators", "two-width,random,mixquant",
    "--target-bits", "2.25,2.5",
  ]

  @Test("A row per contestant, method and budget; the verdict holds MixQuant against the best")
  func json() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        basics + ["--methods", "nearest", "--seeds", "2", "--json", "--quiet"])
      #expect(run.code == 0 && run.errors.isEmpty)
      let object = try run.json()
      let summary = try #require((object["experiments"] as? [[String: Any]])?.first)
      let rows = try #require(summary["rows"] as? [[String: Any]])
      #expect(
        rows.compactMap { $0["contestant"] as? String } == [
          "two-width", "random-1", "random-2", "mixquant", "two-width", "random-1", "random-2",
          "mixquant",
        ])
      let keys = [
        "contestant", "method", "target_bits", "seeds", "bytes", "kl", "kl_interval", "top1",
        "top1_interval", "top5", "flips", "average_bits", "average_free_bits", "seconds",
      ]
      for row in rows { #expect(Set(row.keys) == Set(keys)) }
      let answers = try #require(
        (object["verdict"] as? [String: Any])?["answers"] as? [[String: Any]])
      #expect(answers.compactMap { $0["target_bits"] as? Double } == [2.25, 2.5])
      for answer in answers {
        let p = try #require(answer["corrected_p"] as? Double)
        #expect(p > 0 && p <= 1)
      }
    }
  }

  @Test("Widths of activations are planned within a mean of their own")
  func activations() throws {
    try withWorkplace { workplace in
      let asked = [
        "--methods", "nearest", "--activation-candidates", "4,8", "--target-activation-bits", "5",
      ]
      let dry = try workplace.mixq(basics + asked + ["--dry-run"])
      #expect(dry.code == 0 && dry.output.contains("activations at layer1.0.conv1"))
      #expect(dry.errors.contains("activations: after every ReLU as planned"))
      let outline = try workplace.mixq(basics + asked + ["--dry-run", "--json"]).json()
      #expect((outline["sites"] as? [String])?.count == 19)

      let run = try workplace.mixq(basics + asked + ["--json"]).json()
      let summary = try #require((run["experiments"] as? [[String: Any]])?.first)
      #expect(summary["target_activation_bits"] as? Double == 5)

      for wrong in [["--activation-candidates", "4,8"], asked + ["--activation-bits", "4"]] {
        let refused = try workplace.mixq(basics + wrong)
        #expect(refused.code == 64 && refused.errors.contains("ctivation"))
      }
      let unfit = try workplace.mixq(basics + asked + ["--pin-activation", "layer9.*=4"])
      #expect(unfit.code == 64 && unfit.errors.contains("layer9.*=4"))
    }
  }

  @Test("The same command goes on with what is kept; verdict reads the folder")
  func resuming() throws {
    try withWorkplace { workplace in
      let arguments = basics + ["--methods", "nearest", "--output", "out"]
      let first = try workplace.mixq(arguments)
      #expect(first.code == 0 && first.errors.contains("[8/8]"))
      #expect(first.errors.contains("0 of 40 evaluation images are also among the 20"))
      let second = try workplace.mixq(arguments)
      #expect(second.code == 0 && second.output == first.output)
      #expect(second.errors.contains("[8/8] mixquant+nearest, 2.5 bits, seed 0"))
      #expect(second.errors.components(separatedBy: "as before").count == 9)
      #expect(try workplace.mixq("verdict", "out").output == first.output)

      let twice = try workplace.mixq("verdict", "out", "out")
      #expect(twice.code == 64 && twice.errors.contains("in two of them"))
      #expect(try workplace.mixq("verdict", "nowhere").code == 66)
    }
  }

  @Test("It writes over no other comparison's report unless it may")
  func otherReport() throws {
    try withWorkplace { workplace in
      try FileManager.default.createDirectory(
        at: workplace.folder.appending(path: "out"), withIntermediateDirectories: false)
      try workplace.write("somebody's table", "out/comparison.md")
      let arguments = basics + ["--methods", "nearest", "--output", "out"]
      let refused = try workplace.mixq(arguments)
      #expect(refused.code == 73 && refused.errors.contains("comparison.md"))
      #expect(try workplace.contents("out/comparison.md") == Data("somebody's table".utf8))
      #expect(try workplace.mixq(arguments + ["--force"]).code == 0)
      #expect(try workplace.mixq(arguments).code == 0)
    }
  }

  @Test("A design that leaves out what is there is refused, unless by force; a larger one goes on")
  func otherDesign() throws {
    try withWorkplace { workplace in
      func run(_ changed: [String]) throws -> Run {
        try workplace.mixq(
          [
            "compare", "shapes.safetensors", "--calibration", "calibration",
            "--calibration-images", "20", "--data", "evaluation", "--methods", "nearest",
            "--output", "out",
          ] + changed)
      }
      #expect(try run(["--allocators", "two-width,uniform", "--target-bits", "2.5"]).code == 0)
      let other = try run(["--allocators", "two-width", "--target-bits", "3", "--seed", "1"])
      #expect(other.code == 73)
      #expect(other.errors.contains("it has uniform, 2.5 bits, seed 0, which would be left out"))
      let larger = ["--allocators", "two-width,uniform,mixquant", "--target-bits", "2.5,3"]
      #expect(try run(larger).code == 0)
      let recipe = try run(larger + ["--granularity", "per-tensor"])
      #expect(recipe.code == 73 && recipe.errors.contains("another recipe"))
      #expect(try run(["--allocators", "two-width", "--target-bits", "3", "--force"]).code == 0)
    }
  }

  @Test("The sensitivities that a report shows are measured once; the report stays the same")
  func keptSensitivities() throws {
    try withWorkplace { workplace in
      let arguments = [
        "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--data", "evaluation", "--methods", "nearest", "--target-bits", "2.5",
        "--allocators", "mixquant-weighted", "--output", "out",
      ]
      #expect(try workplace.mixq(arguments).code == 0)
      let tables = workplace.folder.appending(path: "out/tables")
      let kept = try FileManager.default.contentsOfDirectory(atPath: tables.path)
      func shown() throws -> Data { try workplace.contents("out/comparison.html") }
      let page = try shown()
      #expect(kept.count == 1)
      #expect(try workplace.mixq(arguments).code == 0)
      #expect(try shown() == page)
      #expect(try FileManager.default.contentsOfDirectory(atPath: tables.path) == kept)

      // What is kept is what is shown: another table makes another page.
      let file = "out/tables/\(kept[0])"
      let rows = try JSONDecoder().decode([[Double]].self, from: workplace.contents(file))
      try workplace.write("\(rows.map { $0.map { $0 + 1 } })", file)
      #expect(try workplace.mixq(arguments).code == 0)
      #expect(try shown() != page)
    }
  }

  @Test("SIGINT ends it with 75, a line on how to go on, and whole results")
  func interruption() throws {
    try withWorkplace { workplace in
      let arguments =
        basics + [
          "--methods", "nearest,brecq", "--steps", "2", "--batch", "10", "--seeds", "3",
          "--output", "out",
        ]
      let cells = workplace.folder.appending(path: "out/cells")
      let run = try workplace.mixq(arguments) { process in
        while process.isRunning,
          (try? FileManager.default.contentsOfDirectory(atPath: cells.path))?.count ?? 0 < 3
        {
          usleep(10_000)
        }
        process.interrupt()
      }
      #expect(run.code == 75 && run.errors.contains("run the same command again"))
      #expect(run.output.isEmpty)
      #expect(try workplace.mixq("verdict", "out").code == 0)
    }
  }

  @Test("A dry run shows every plan and keeps nothing")
  func dryRun() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      let run = try workplace.mixq(basics + ["--dry-run", "--output", "out"])
      #expect(run.code == 0 && run.output.contains("random-2") && run.output.contains("2.25 bits"))
      #expect(try workplace.names() == before)
    }
  }

  @Test(
    "Lists that name nothing, or one thing twice, are wrong usage",
    arguments: [
      ["--allocators", "two-width,best"], ["--allocators", "mixquant,mixquant"],
      ["--target-bits", "2.5,9"], ["--methods", ""], ["--seeds", "0"],
    ])
  func refusals(flags: [String]) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        [
          "compare", "shapes.safetensors", "--calibration", "calibration", "--data", "evaluation",
        ] + flags)
      #expect(run.code == 64)
    }
  }
}
