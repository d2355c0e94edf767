import Foundation
import TestSupport
import Testing

@Suite("mixq quantize")
struct QuantizeCommandTests {
  private let plain = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "20",
  ]
  private var basics: [String] { plain + ["--steps", "5", "--batch", "10"] }

  @Test("A packed file appears with its report, and evaluates by itself")
  func quantizeAndEvaluate() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        basics + [
          "--weight-bits", "4", "--activation-bits", "6", "--activation-steps", "5", "--output",
          "q.safetensors",
        ])
      #expect(run.code == 0)
      #expect(run.errors.contains(/weights layer1\.0 +error \S+ → \S+ .* \d:\d\d  \d+ MiB/))
      #expect(run.errors.contains("activations layer3.2"))
      #expect(run.errors.contains("after every other ReLU 6 bits"))

      // Neither the checkpoint nor its configuration is needed any more.
      for name in ["shapes.safetensors", "shapes.json"] { try workplace.remove(name) }
      let object = try workplace.mixq(
        "evaluate", "q.safetensors", "--data", "evaluation", "--json"
      ).json()
      #expect(try #require(object["correct1"] as? Int) > 20)
    }
  }

  @Test("The JSON names outputs, bytes, bits, time, every unit and the next command")
  func json() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(basics + ["--output", "q.safetensors", "--json", "--quiet"])
      #expect(run.code == 0 && run.errors.isEmpty)
      let object = try run.json()
      #expect(
        Set(object.keys) == [
          "schema", "tool", "inputs", "output", "report", "bytes", "file_bytes", "checkpoint_bytes",
          "average_bits", "seconds",
          "estimated_seconds", "peak_bytes", "estimated_bytes", "units", "warnings", "next",
        ])
      #expect((object["units"] as? [Any])?.count == 10)
    }
  }

  @Test("Steps and names of outputs have limits that are checked before any work")
  func limits() throws {
    try withWorkplace { workplace in
      for steps in ["-1", "1000001", "9223372036854775807"] {
        for flag in ["--steps", "--activation-steps"] {
          let run = try workplace.mixq(basics + ["--output", "q.safetensors", "\(flag)=\(steps)"])
          #expect(run.code == 64 && run.errors.contains(steps))
        }
      }
      // The report's name is longer than the file's.
      let run = try workplace.mixq(basics + ["--output", String(repeating: "a", count: 250)])
      #expect(run.code == 73 && run.errors.contains("longer than 255 bytes"))
      #expect(try workplace.names().allSatisfy { !$0.hasPrefix("a") })
    }
  }

  @Test("GPTQ is a rounding method and a possible start of learning")
  func gptq() throws {
    try withWorkplace { workplace in
      let alone = try workplace.mixq(
        plain + ["--output", "c.safetensors", "--method", "gptq", "--weight-bits", "3"])
      #expect(alone.code == 0 && alone.errors.contains("method     gptq ("))
      let dry = basics + ["--output", "q.safetensors", "--dry-run", "--recipe", "quick"]
      #expect(try workplace.mixq(dry).errors.contains("start gptq"))
      #expect(try workplace.mixq(dry + ["--start", "nearest"]).errors.contains("start nearest"))
    }
  }

  @Test(
    "Time and peak memory are estimated before the work and compared with the actual ones after it")
  func estimate() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(basics + ["--output", "q.safetensors"])
      #expect(run.errors.contains(/estimate   about \d+:\d\d, peak memory about \d+ MiB/))
      #expect(run.output.contains(/\(estimated .*\), peak \d+ MiB \(estimated \d+\)/))
      let nearest = try workplace.mixq(
        plain + ["--method", "nearest", "--output", "n.safetensors", "--json"]
      )
      #expect(!nearest.errors.contains("estimate"))
      #expect(try nearest.json()["peak_bytes"] as? Int ?? 0 > 1_000_000)
      #expect(try nearest.json()["estimated_seconds"] == nil)
    }
  }

  @Test("--max-memory below the least that works is refused with it; above, nothing changes")
  func maxMemory() throws {
    try withWorkplace { workplace in
      let little = try workplace.mixq(basics + ["--output", "q.safetensors", "--max-memory", "5M"])
      #expect(little.code == 64 && little.errors.contains(/the run needs \d+ MiB/))
      let wrong = try workplace.mixq(basics + ["--output", "q.safetensors", "--max-memory", "5"])
      #expect(wrong.code == 64)
      for (name, flags) in [("q", []), ("r", ["--max-memory", "1.5G"])] {
        #expect(try workplace.mixq(basics + ["--output", "\(name).safetensors"] + flags).code == 0)
      }
      #expect(try workplace.contents("q.safetensors") == workplace.contents("r.safetensors"))
    }
  }

  @Test("--target-bits takes the plan of --allocator, which may look at the calibration images")
  func allocator() throws {
    try withWorkplace { workplace in
      let dry = basics + ["--output", "q.safetensors", "--dry-run", "--target-bits", "2.5"]
      let weighted = try workplace.mixq(dry + ["--allocator", "mixquant-weighted"])
      #expect(weighted.code == 0 && weighted.errors.contains("plan       mixquant-weighted"))
      #expect(try workplace.mixq(dry).errors.contains("plan       MixQuant, "))
      #expect(try workplace.mixq(basics + ["--output", "q", "--allocator", "greedy"]).code == 64)
    }
  }

  @Test("Equal work gives equal bytes, on any number of threads and from any folder")
  func equalBytes() throws {
    let files = try ["1", "2", "3"].map { threads in
      try withWorkplace { workplace in
        let run = try workplace.mixq(
          basics + ["--output", "q.safetensors", "--threads", threads, "--target-bits", "3"])
        #expect(run.code == 0)
        return try workplace.contents("q.safetensors")
      }
    }
    #expect(files[0] == files[1] && files[0] == files[2])
    let text = String(decoding: files[0].prefix(20_000), as: UTF8.self)
    #expect(!text.contains(FileManager.default.temporaryDirectory.path))
  }

  @Test("The report beside the file holds what may differ between equal runs")
  func report() throws {
    try withWorkplace { workplace in
      #expect(
        try workplace.mixq(
          plain + ["--method", "nearest", "--output", "q.safetensors", "--threads", "2"]
        ).code == 0)
      let report = try #require(
        JSONSerialization.jsonObject(with: workplace.contents("q.safetensors.report.json"))
          as? [String: Any])
      #expect(report["threads"] as? Int == 2)
      #expect((report["command"] as? [String])?.contains("--method") == true)
    }
  }

  @Test("A dry run prints the plan, as a table or JSON, and writes nothing")
  func dryRun() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      let dry = basics + ["--output", "q.safetensors", "--dry-run", "--target-bits", "2.5"]
      let text = try workplace.mixq(dry)
      #expect(text.code == 0 && text.output.contains("layer1.0.conv1"))
      let object = try workplace.mixq(dry + ["--json"]).json()
      #expect(
        Set(object.keys) == ["schema", "tool", "inputs", "recipe", "layers", "bits", "bytes"])
      #expect(try workplace.names() == before)
    }
  }

  @Test("Existing outputs, the report among them, are overwritten only by --force")
  func force() throws {
    try withWorkplace { workplace in
      let nearest = plain + ["--method", "nearest", "--output", "q.safetensors"]
      #expect(try workplace.mixq(nearest).code == 0)
      #expect(try workplace.mixq(nearest).code == 73)
      try workplace.remove("q.safetensors")
      #expect(try workplace.mixq(nearest).code == 73)
      #expect(try workplace.mixq(nearest + ["--force"]).code == 0)
    }
  }

  @Test("The packed file of a grey network is read back, verified and viewed")
  func grey() throws {
    try withWorkplace { workplace in
      let grey = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/Zoo/grey.safetensors").path
      for bits in [[], ["--activation-bits", "4"]] {
        let run = try workplace.mixq(
          [
            "quantize", grey, "--method", "gptq", "--calibration", "calibration",
            "--calibration-images", "20", "--output", "g.mixq", "--force",
          ] + bits)
        #expect(run.code == 0, "\(run.errors)")
        let check = try workplace.mixq(
          "verify", "g.mixq", "--against", grey, "--data", "evaluation")
        #expect(check.code == 0 && check.output.contains("engines"), "\(check.errors)")
        #expect(try workplace.mixq("view", "g.mixq", "--force").code == 0)
      }
    }
  }

  @Test("A packed file cannot be quantized, planned or compared again: 65 and a clear reason")
  func packedInput() throws {
    try withWorkplace { workplace in
      let nearest = plain + ["--method", "nearest", "--output", "q.safetensors"]
      #expect(try workplace.mixq(nearest).code == 0)
      for arguments in [
        ["plan", "q.safetensors"],
        ["quantize", "q.safetensors", "--calibration", "calibration", "--output", "r.safetensors"],
        ["compare", "q.safetensors", "--calibration", "calibration", "--data", "evaluation"],
      ] {
        let run = try workplace.mixq(arguments)
        #expect(run.code == 65 && run.errors.contains("a full-precision checkpoint is needed"))
      }
    }
  }

  @Test("A damaged packed file exits with 65")
  func damagedFile() throws {
    try withWorkplace { workplace in
      #expect(
        try workplace.mixq(plain + ["--method", "nearest", "--output", "q.safetensors"]).code == 0)
      let bytes = try workplace.contents("q.safetensors")
      try bytes.dropLast(100).write(to: workplace.folder.appending(path: "q.safetensors"))
      let run = try workplace.mixq("evaluate", "q.safetensors", "--data", "evaluation")
      #expect(run.code == 65 && run.output.isEmpty)
    }
  }

  @Test("The rule line states the widths of a plan's first and last layer")
  func ruleOfPlan() throws {
    try withWorkplace { workplace in
      #expect(
        try workplace.mixq(
          "plan", "shapes.safetensors", "--first-bits", "6", "--last-bits", "5", "--output",
          "plan.json"
        ).code == 0)
      let run = try workplace.mixq(
        basics + ["--plan", "plan.json", "--output", "q.safetensors", "--dry-run"])
      #expect(run.errors.contains("first layer 6 bits, last layer 5 bits"))
      let both = try workplace.mixq(
        basics + ["--plan", "plan.json", "--first-bits", "4", "--output", "q.safetensors"])
      #expect(both.code == 64 && both.errors.contains("leave out --first-bits"))
    }
  }

  @Test(
    "An option that nothing reads is wrong usage",
    arguments: [
      ["--method", "gptq", "--recipe", "quick"], ["--method", "nearest", "--steps", "5"],
      ["--method", "nearest", "--start", "gptq"], ["--method", "gptq", "--loss", "fisher"],
      ["--method", "gptq", "--batch", "8"], ["--activation-steps", "5"],
      ["--activation-range", "min-max"],
      ["--method", "gptq", "--activation-bits", "4", "--activation-steps", "5"],
    ])
  func unread(flags: [String]) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(plain + ["--output", "q.safetensors"] + flags)
      #expect(run.code == 64 && run.errors.contains("has no effect with"), "\(run.errors)")
    }
  }
}
