import Foundation
import Testing

/// Mistakes on command lines, each with the code of the error and words of its message.
@Suite("Mistakes on the command line")
struct UsageTests {
  private func expect(
    _ line: String, _ code: String, _ words: String..., exit: Int32 = 64,
    in workplace: Workplace
  ) throws {
    let run = try workplace.mixq(line.split(separator: " ").map(String.init))
    #expect(run.code == exit && run.output.isEmpty, "\(line): \(run.errors)")
    #expect(run.errors.hasPrefix("mixq: ") && run.errors.hasSuffix(" [\(code)]\n"), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    for word in words { #expect(run.errors.contains(word), "\(line): \(run.errors)") }
  }

  @Test("Near misses of commands, options and values are named")
  func nearMisses() throws {
    try withWorkplace { workplace in
      let quantize = "quantize shapes.safetensors --calibration calibration -o q"
      for (line, code, meant) in [
        ("quantise", "unknown-command", "quantize"), ("evalute x", "unknown-command", "evaluate"),
        ("eval x", "unknown-command", "evaluate"), ("help quantzie", "unknown-command", "quantize"),
        ("bench infrence", "unknown-command", "inference"),
        (quantize + " --wieght-bits 4", "unknown-option", "--weight-bits"),
        (quantize + " --weight_bits 4", "unknown-option", "--weight-bits"),
        (quantize + " --weightbits=4", "unknown-option", "--weight-bits"),
        (quantize + " --wbits 4", "unknown-option", "--weight-bits"),
        (quantize + " -output x", "unknown-option", "--output"),
        (quantize + " --calibration-image 9", "unknown-option", "--calibration-images"),
        ("evaluate shapes.safetensors --dta evaluation", "unknown-option", "--data"),
        (quantize + " --method gpqt", "bad-value", "gptq"),
        (quantize + " --granularity per_channel", "bad-value", "per-channel"),
        ("evaluate shapes.safetensors evaluation", "extra-argument", "--data evaluation"),
      ] {
        try expect(line, code, "did you mean \(meant)?", in: workplace)
      }
    }
  }

  @Test("A name that is no near miss, or of several names, gets no suggestion")
  func noMisses() throws {
    try withWorkplace { workplace in
      let evaluate = "evaluate shapes.safetensors --data evaluation"
      let quantize = "quantize shapes.safetensors --calibration calibration -o q"
      for line in [
        "frobnicate", evaluate + " --min-top5 90", evaluate + " --frobnicate",
        quantize + " --bits 4",
        "plan shapes.safetensors --max-bits 4", "plan shapes.safetensors --metric mae",
        evaluate + " --stride-in-1x3", evaluate + " --preset cifar1",
      ] {
        let run = try workplace.mixq(line.split(separator: " ").map(String.init))
        #expect(run.code == 64 && !run.errors.contains("did you mean"), "\(run.errors)")
      }
      try expect(
        evaluate + " --weight-bits 3", "unknown-option", "mixq quantize has it", in: workplace)
    }
  }

  @Test("Negative and fractional numbers, units and empty values get their own reason")
  func numbers() throws {
    try withWorkplace { workplace in
      let evaluate = "evaluate shapes.safetensors --data evaluation"
      let quantize = "quantize shapes.safetensors --calibration calibration -o q"
      for (line, code, reason) in [
        (evaluate + " --threads -1", "out-of-range", "it is negative"),
        (evaluate + " -t=-1", "out-of-range", "it is negative"),
        (evaluate + " -t 2.5", "bad-value", "it is a fraction"),
        (evaluate + " -t 1025", "out-of-range", "from 1 to 1024"),
        (evaluate + " -t many", "bad-value", "it is not a number"),
        (evaluate + " --threads", "missing-value", "the command line ends here"),
        (evaluate + " --limit --quiet", "missing-value", "--quiet, is an option"),
        (evaluate + " --limit=", "bad-value", "it is empty"),
        (evaluate + " --quiet=yes", "bad-value", "--quiet is a flag"),
        (evaluate + " --min-top1 nan", "out-of-range", "from 0 to 100"),
        (quantize + " --weight-bits 2.5", "bad-value", "it is a fraction"),
        (quantize + " --weight-bits -2", "bad-value", "it is negative"),
        (quantize + " --seed -1", "bad-value", "it is negative"),
        (quantize + " --max-memory 5MB", "bad-value", "powers of 1,024"),
        (quantize + " --max-memory -1G", "bad-value", "it is negative"),
        (quantize + " --max-memory 5X", "bad-value", "x is not a unit"),
        (quantize + " --time-budget 90", "bad-value", "it has no unit"),
        (quantize + " --pin fc", "bad-value", "it has no ="),
        ("plan shapes.safetensors --target-size 1.5", "bad-value", "it is a fraction"),
        ("inspect shapes.safetensors --mean 1,2", "bad-value", "it has 2 numbers"),
      ] {
        try expect(line, code, reason, in: workplace)
      }
    }
  }

  @Test("One bad item of a list is named with the choices")
  func lists() throws {
    try withWorkplace { workplace in
      let compare = "compare shapes.safetensors --calibration calibration --data evaluation"
      try expect(
        compare + " --methods nearest,bercq", "bad-value", "item 'bercq'", "did you mean brecq?",
        "nearest, gptq or brecq", in: workplace)
      try expect(
        compare + " --target-bits 3,x", "bad-value", "item 'x': it is not a number",
        in: workplace)
      try expect(
        compare + " --methods gptq,gptq", "bad-value", "item 'gptq': it is there twice",
        in: workplace)
      try expect(
        "plan shapes.safetensors --candidates 2,,8", "bad-value", "item '': it is empty",
        in: workplace)
    }
  }

  @Test("Missing arguments and options are described")
  func missing() throws {
    try withWorkplace { workplace in
      try expect("evaluate", "missing-argument", "<model>", "checkpoint", in: workplace)
      try expect(
        "evaluate shapes.safetensors", "missing-option", "--data", "labelled images",
        in: workplace)
      try expect(
        "quantize shapes.safetensors", "missing-option", "--calibration, --output",
        in: workplace)
    }
  }

  @Test("Swapped paths, archives, models and single images in place of folders get advice")
  func paths() throws {
    try withWorkplace { workplace in
      for name in ["images.tar.gz", "images.zip", "model.zip", "one.png"] {
        try workplace.write("x", name)
      }
      try expect(
        "evaluate evaluation --data shapes.safetensors", "swapped-paths",
        "write mixq evaluate shapes.safetensors --data evaluation", in: workplace)
      let evaluate = "evaluate shapes.safetensors --data "
      for (line, code, advice) in [
        (evaluate + "images.tar.gz", "archive", "tar -xf images.tar.gz"),
        (evaluate + "images.zip", "archive", "unzip images.zip"),
        (evaluate + "one.png", "file-for-folder", "mixq classify"),
        (evaluate + "shapes.safetensors", "file-for-folder", "it is a model"),
        ("inspect model.zip", "archive", "unzip model.zip"),
        ("inspect evaluation", "folder-for-file", "it is a folder of images"),
        ("classify shapes.safetensors evaluation", "folder-for-file", "evaluation/*.jpg"),
        (evaluate + "evaluation --labels calibration", "folder-for-file", "it is a folder"),
      ] {
        try expect(line, code, advice, exit: 66, in: workplace)
      }
    }
  }

  @Test("With --json, an error is a JSON object on standard error with the parts of the message")
  func json() throws {
    try withWorkplace { workplace in
      for (words, code, exit, place) in [
        (
          ["evaluate", "absent.pth", "--data", "evaluation", "--json"], "missing-file", 66,
          "absent.pth"
        ),
        (["plan", "shapes.safetensors", "--json", "--frob"], "unknown-option", 64, "--frob"),
        (
          [
            "evaluate", "shapes.safetensors", "--data", "evaluation", "--min-top1", "100", "--json",
            "-q",
          ], "below-minimum", 1, "evaluation"
        ),
      ] {
        let run = try workplace.mixq(words)
        #expect(run.code == exit)
        let line = try #require(run.errors.split(separator: "\n").last)
        let object = try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [String: Any]])
        let error = try #require(object["error"])
        #expect(
          Set(error.keys)
            == ["code", "exit_code", "message", "what", "where", "why", "next"])
        #expect(error["code"] as? String == code && error["exit_code"] as? Int == exit)
        #expect((error["where"] as? String)?.hasSuffix(place) == true)
      }
    }
  }

  @Test("Short flags and joined values mean the same as long options")
  func shortFlags() throws {
    try withWorkplace { workplace in
      let long = try workplace.mixq(
        "plan", "shapes.safetensors", "--target-bits", "3", "--threads", "2", "--quiet",
        "--output", "long.json")
      let short = try workplace.mixq(
        "plan", "shapes.safetensors", "--target-bits=3", "-qt2", "-o", "short.json")
      #expect(long.code == 0 && short.code == 0 && short.errors.isEmpty)
      let (first, second) = try (workplace.contents("long.json"), workplace.contents("short.json"))
      #expect(first == second)
      let recipe = try workplace.mixq(
        "plan", "shapes.safetensors", "-t2", "-o", "x", "--print-recipe")
      let options = try #require(recipe.json()["options"] as? [String: Any])
      #expect(options["threads"] as? Int == 2 && options["output"] as? String == "x")
      #expect(try workplace.mixq("-V").output == workplace.mixq("--version").output)
    }
  }

  @Test("--verbose prints command, version, time and memory on standard error")
  func verbose() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("inspect", "shapes.safetensors", "-v", "--json")
      #expect(try run.code == 0 && !run.json().isEmpty)
      for word in ["command    mixq inspect", "version    ", "time       ", "memory     at most"] {
        #expect(run.errors.contains(word), "\(run.errors)")
      }
    }
  }

  @Test("Sizes take K, M and G, and times d, h, m and s")
  func units() throws {
    try withWorkplace { workplace in
      /// Returns the plan of an option as JSON.
      func plan(_ option: String, _ value: String) throws -> Data {
        let name = "\(value).json"
        let run = try workplace.mixq("plan", "shapes.safetensors", option, value, "-qo", name)
        #expect(run.code == 0, "\(run.errors)")
        return try workplace.contents(name)
      }
      let bytes = try plan("--target-size", "122880")
      for size in ["120K", "120k", "0.1171875M"] {
        let same = try plan("--target-size", size)
        #expect(same == bytes, "\(size)")
      }
      let operations = try plan("--max-bit-operations", "8000000000")
      let billions = try plan("--max-bit-operations", "8G")
      #expect(operations == billions)
      for time in ["90s", "1.5m", "1h30m", "1d"] {
        let run = try workplace.mixq(
          "quantize", "shapes.safetensors", "--calibration", "calibration", "-o", "q",
          "--calibration-images", "9", "--max-drop", "1", "--data", "evaluation",
          "--time-budget", time, "--dry-run")
        #expect(run.code == 0, "\(time): \(run.errors)")
      }
    }
  }
}
