import Foundation
import Testing

@Suite("Purposes of mixq quantize")
struct PurposeTests {
  private let basics = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "20",
    "--output", "q.mixq",
  ]

  @Test(
    "A purpose prints the options that it sets",
    arguments: [
      (
        ["size", "--data", "evaluation"],
        "--max-drop 1.0 --allocator mixquant-weighted --method brecq --recipe quick"
      ),
      (
        ["speed"],
        "--weight-bits 8 --activation-bits 8 --symmetry by-width --method gptq"
      ),
      (
        ["speed", "--weight-bits", "4", "--method", "nearest"],
        "--weight-bits 4 --activation-bits 8 --symmetry by-width --method nearest"
      ),
      (
        ["accuracy", "--target-bits", "3"],
        "--target-bits 3.0 --allocator mixquant-weighted --method brecq --recipe standard"
      ),
    ])
  func settings(options: [String], printed: String) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(basics + ["--dry-run", "--for"] + options)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.errors.contains("purpose    \(options[0]): \(printed)\n"), "\(run.errors)")
    }
  }

  @Test(
    "An option that contradicts a purpose is wrong usage",
    arguments: [
      (["size", "--data", "evaluation", "--weight-bits", "4"], "leave out --weight-bits"),
      (["size", "--data", "evaluation", "--allocator", "greedy"], "leave out --allocator greedy"),
      (["size"], "--data"),
      (["speed", "--activation-bits", "4"], "leave out --activation-bits 4"),
      (["speed", "--symmetry", "asymmetric"], "leave out --symmetry asymmetric"),
      (["accuracy", "--weight-bits", "4"], "leave out --weight-bits"),
      (["accuracy", "--method", "gptq"], "leave out --method gptq"),
      (["accuracy", "--max-drop", "1", "--data", "evaluation"], "leave out --max-drop"),
    ])
  func contradictions(options: [String], reason: String) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(basics + ["--for"] + options)
      #expect(run.code == 64 && run.errors.contains(reason), "\(run.errors)")
      #expect(try workplace.names().allSatisfy { !$0.hasPrefix("q.mixq") })
    }
  }

  @Test("A purpose gives the bytes of the options that it prints, and the report has both")
  func sameBytes() throws {
    try withWorkplace { workplace in
      let short = try workplace.mixq(basics + ["--for", "speed", "--method", "nearest"])
      #expect(short.code == 0, "\(short.errors)")
      let bytes = try workplace.contents("q.mixq")
      let report = try #require(
        JSONSerialization.jsonObject(with: workplace.contents("q.mixq.report.json"))
          as? [String: Any])
      let purpose = try #require(report["purpose"] as? [String: Any])
      #expect(purpose["name"] as? String == "speed")
      let options = try #require(purpose["options"] as? [String])
      let long = try workplace.mixq(basics + options + ["--force"])
      #expect(long.code == 0, "\(long.errors)")
      let again = try workplace.contents("q.mixq")
      #expect(again == bytes)
    }
  }

  @Test("--data alone scores the file and the checkpoint at the end")
  func accuracy() throws {
    try withWorkplace { workplace in
      let scored = ["--method", "nearest", "--weight-bits", "8", "--data", "evaluation"]
      let run = try workplace.mixq(basics + scored)
      #expect(run.output.contains(/top-1 +\d+\.\d+ % \[.*\], full precision \d+\.\d+ %/))
      #expect(run.output.contains("next       mixq export q.mixq q.mixq.onnx"))
      let object = try workplace.mixq(basics + scored + ["--force", "--json"]).json()
      let accuracy = try #require(object["accuracy"] as? [String: Any])
      #expect(accuracy["images"] as? Int == 40)
      let alone = try workplace.mixq("evaluate", "q.mixq", "--data", "evaluation", "--json").json()
      #expect(accuracy["correct1"] as? Int == alone["correct1"] as? Int)
      let overlapping = try workplace.mixq(basics + ["--force", "--data", "calibration"])
      #expect(overlapping.code != 0 && overlapping.errors.contains("--allow-overlap"))
    }
  }

  @Test("The next command is quoted for a shell, which runs it")
  func nextCommand() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--method", "nearest", "--output", "it's mine.mixq")
      let line = try #require(run.output.split(separator: "\n").last)
      #expect(
        line == #"next       mixq verify 'it'\''s mine.mixq' --against shapes.safetensors"#)
    }
  }
}
