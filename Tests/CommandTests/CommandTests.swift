import Foundation
import Testing

@Suite("mixq")
struct CommandTests {
  static let commands = [
    [], ["inspect"], ["evaluate"], ["plan"], ["quantize"], ["compare"], ["bench"],
    ["bench", "inference"], ["shapes"],
  ]

  @Test("Every command prints its help to standard output and exits with 0", arguments: commands)
  func help(command: [String]) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(command + ["--help"])
      #expect(run.code == 0 && run.errors.isEmpty)
      #expect(run.output.contains("OVERVIEW") && run.output.contains("USAGE: mixq"))
    }
  }

  @Test("The version names the program, the build, the kernels and the BLAS on one line")
  func version() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("--version")
      #expect(
        run.code == 0
          && run.output.contains(
            /^mixq \d+\.\d+\.\d+ \(\S+\), kernels \w+, OpenBLAS \S+ \S+, integers \S+\n$/)
      )
    }
  }

  static let wrongUses = [
    "frobnicate", "inspect", "inspect shapes.safetensors --frobnicate",
    "inspect shapes.safetensors --bn-eps 2", "inspect shapes.safetensors --crop -3",
    "inspect shapes.safetensors --mean 1,2", "inspect shapes.safetensors --std 0,1,1",
    "inspect shapes.safetensors --preset imagenet",
    "evaluate shapes.safetensors", "evaluate shapes.safetensors --data evaluation --limit 0",
    "evaluate shapes.safetensors --data evaluation --min-top1 101",
    "evaluate shapes.safetensors --data evaluation --min-top1 nan",
    "evaluate shapes.safetensors --data evaluation --threads 0",
    "evaluate shapes.safetensors --data evaluation --seed -1",
    "plan shapes.safetensors --target-bits 9", "plan shapes.safetensors --target-bits nan",
    "plan shapes.safetensors --error-multiplier 0.5", "plan shapes.safetensors --target-size 0",
    "plan shapes.safetensors --target-size 10", "plan shapes.safetensors --metric mae",
    "plan shapes.safetensors --target-bits 3 --error-multiplier 2",
    "quantize shapes.safetensors --calibration calibration",
    "quantize shapes.safetensors --calibration calibration --output q --weight-bits 9",
    "quantize shapes.safetensors --calibration calibration --output q --weight-bits 3 --plan p",
    "quantize shapes.safetensors --calibration calibration --output q --activation-bits 1",
    "quantize shapes.safetensors --calibration calibration --output q --method magic",
    "quantize shapes.safetensors --calibration calibration --output q --recipe quick",
    "quantize shapes.safetensors --calibration calibration --output q --steps -1",
    "quantize shapes.safetensors --calibration calibration --output q --batch 0",
    "quantize shapes.safetensors --calibration calibration --output q --calibration-images 0",
    "quantize shapes.safetensors --calibration calibration --output q --activation-range p99",
    "quantize shapes.safetensors --calibration calibration --output q --calibration-images 31",
    "compare shapes.safetensors --calibration calibration",
    "compare shapes.safetensors --calibration calibration --data evaluation --target-bits 1.9",
    "bench inference --depth 19", "bench inference --batch 0", "shapes --output s --count 0",
  ]

  @Test("Wrong flags and values exit with 64 before any work, and leave nothing behind")
  func wrongUses() throws {
    try withWorkplace { workplace in
      let before = try workplace.names()
      for use in Self.wrongUses {
        let run = try workplace.mixq(use.split(separator: " ").map(String.init))
        #expect(run.code == 64, "\(use)")
        #expect(run.output.isEmpty && !run.errors.isEmpty, "\(use)")
        #expect(!run.errors.contains("self-check"), "\(use)")
      }
      #expect(try workplace.names() == before)
    }
  }

  static let missingInputs = [
    "inspect absent.pth", "evaluate absent.pth --data evaluation",
    "evaluate shapes.safetensors --data absent",
    "evaluate shapes.safetensors --data shapes.safetensors", "plan absent.pth",
    "quantize shapes.safetensors --calibration absent --output q",
    "quantize shapes.safetensors --calibration calibration --calibration-images 9 --output q"
      + " --plan absent.json",
    "compare shapes.safetensors --calibration absent --data evaluation",
  ]

  @Test("Inputs that are absent, or folders in place of files, exit with 66 and are named")
  func missingInputs() throws {
    try withWorkplace { workplace in
      for use in Self.missingInputs {
        let run = try workplace.mixq(use.split(separator: " ").map(String.init))
        #expect(run.code == 66 && run.output.isEmpty, "\(use)")
        #expect(run.errors.contains("mixq: "), "\(use)")
      }
    }
  }

  static let unwritable = [
    "evaluate shapes.safetensors --data evaluation --predictions",
    "plan shapes.safetensors --output",
    "quantize shapes.safetensors --calibration calibration --calibration-images 9 --output",
  ]

  @Test("Outputs that exist or have no folder exit with 73 before any work", arguments: unwritable)
  func unwritableOutputs(use: String) throws {
    try withWorkplace { workplace in
      let arguments = use.split(separator: " ").map(String.init)
      try workplace.write("precious", "taken")
      for (name, reason) in [
        ("taken", "--force"), ("nowhere/file", "no folder"), ("evaluation", "is a folder"),
      ] {
        let run = try workplace.mixq(arguments + [name])
        #expect(run.code == 73 && run.output.isEmpty)
        #expect(run.errors.contains(reason) && !run.errors.contains("self-check"))
      }
      #expect(try workplace.contents("taken") == .init("precious".utf8))
    }
  }

  @Test("A result that cannot be printed is an error; errors that cannot be printed change nothing")
  func fullStreams() throws {
    try withWorkplace { workplace in
      let arguments = ["inspect", "shapes.safetensors"]
      let full = try workplace.mixq(arguments, streams: ("/dev/full", nil))
      #expect(full.code == 73 && full.errors.contains("standard output: No space left"))
      #expect(try workplace.mixq(["inspect", "nowhere"], streams: (nil, "/dev/full")).code == 66)
      let scored = try workplace.mixq(
        ["evaluate", "shapes.safetensors", "--data", "evaluation"], streams: (nil, "/dev/full"))
      #expect(scored.code == 0 && scored.output.contains("/40"))
    }
  }

  @Test("Text for a closed stream is never written into a file")
  func closedStreams() throws {
    try withWorkplace { workplace in
      let plan = ["plan", "shapes.safetensors", "--json", "--output"]
      #expect(try workplace.mixq(plan + ["open.json"]).code == 0)
      let silent = try workplace.mixq(plan + ["silent.json"], closed: 2)
      #expect(try silent.code == 0 && !silent.json().isEmpty)
      let mute = try workplace.mixq(plan + ["mute.json"], closed: 1)
      #expect(mute.code == 73 && mute.errors.contains("cannot write the result"))
      for name in ["silent.json", "mute.json"] {
        #expect(try workplace.contents(name) == workplace.contents("open.json"))
      }
    }
  }

  @Test("A reader that closes its pipe does not end the work")
  func desertedStreams() throws {
    try withWorkplace { workplace in
      let evaluate = [
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--predictions",
      ]
      let alone = try workplace.mixq(evaluate + ["alone.tsv"], deserted: 2)
      #expect(alone.code == 0 && alone.output.contains("top-1"))
      let mute = try workplace.mixq(evaluate + ["mute.tsv"], deserted: 1)
      #expect(mute.code == 73 && mute.errors.contains("cannot write the result"))
      #expect(try workplace.contents("alone.tsv") == workplace.contents("mute.tsv"))
    }
  }

  @Test("A command never overwrites its inputs, neither by --force nor by another name")
  func inputsAsOutputs() throws {
    try withWorkplace { workplace in
      let files = FileManager.default
      let model = workplace.folder.appending(path: "shapes.safetensors")
      let before = try workplace.contents("shapes.safetensors")
      try files.createSymbolicLink(
        at: workplace.folder.appending(path: "soft"), withDestinationURL: model)
      try files.linkItem(at: model, to: workplace.folder.appending(path: "hard"))
      let quantize = [
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "10", "--steps", "1", "--output",
      ]
      for name in ["shapes.safetensors", "./shapes.safetensors", "soft", "hard"] {
        for arguments in [
          quantize + [name],
          quantize + [name, "--max-drop", "1", "--data", "evaluation"],
          ["plan", "shapes.safetensors", "--output", name],
          ["evaluate", "shapes.safetensors", "--data", "evaluation", "--predictions", name],
        ] {
          let run = try workplace.mixq(arguments + ["--force"])
          #expect(run.code == 73 && run.errors.contains("reads it"), "\(arguments)")
        }
      }
      #expect(try workplace.contents("shapes.safetensors") == before)
    }
  }

  @Test("Only regular files are overwritten by --force; a broken link is refused without it")
  func devices() throws {
    try withWorkplace { workplace in
      let predict = [
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--predictions",
      ]
      let device = try workplace.mixq(predict + ["/dev/null", "--force"])
      #expect(device.code == 73 && device.errors.contains("not a regular file"))
      try FileManager.default.createSymbolicLink(
        atPath: workplace.folder.appending(path: "link").path, withDestinationPath: "nowhere")
      #expect(try workplace.mixq(predict + ["link"]).code == 73)
    }
  }
}
