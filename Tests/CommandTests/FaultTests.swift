import Foundation
import Testing

/// True if a process may mount a small disk that only it sees.
private let canMount: Bool = {
  let mount = "unshare -m mount -t tmpfs tmpfs . || exit 1"
  return (try? withWorkplace { try $0.mixq(["--version"], limits: mount) })?.code == 0
}()

@Suite("Faults of files and limits of the process")
struct FaultTests {
  private let nearest = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "10",
    "--method", "nearest", "--quiet", "--output", "q.mixq",
  ]
  private let evaluate = ["evaluate", "shapes.safetensors", "--quiet", "--data"]

  /// Runs the tool and expects this exit code, these words, and an unchanged folder.
  private func refused(
    _ workplace: Workplace, _ arguments: [String], limits: String? = nil, code: Int32,
    _ words: String
  ) throws {
    let before = try workplace.names()
    let run = try workplace.mixq(arguments, limits: limits)
    #expect(run.code == code && run.errors.contains(words), "\(arguments): \(run)")
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    #expect(try workplace.names() == before)
  }

  @Test("An endless input is refused")
  func endless() throws {
    try withWorkplace { workplace in
      try refused(workplace, ["inspect", "/dev/zero"], code: 66, "not a regular file")
      try refused(workplace, evaluate + ["/dev/zero"], code: 66, "/dev/zero")
      try refused(
        workplace, evaluate + ["evaluation/circle", "--labels", "/dev/zero"], code: 65, "more than")
      try refused(workplace, nearest + ["--plan", "/dev/zero"], code: 65, "more than")
    }
  }

  @Test("A pipe is refused as a model and as data, and no command waits for its writer")
  func pipes() throws {
    try withWorkplace { workplace in
      mkfifo(workplace.folder.appending(path: "pipe").path, 0o600)
      try refused(workplace, ["inspect", "pipe"], code: 66, "not a regular file")
      try refused(workplace, evaluate + ["pipe"], code: 66, "pipe")
      try refused(workplace, nearest + ["--plan", "pipe"], code: 66, "nothing came out of it")
    }
  }

  @Test("A plan can come from a pipe")
  func planFromPipe() throws {
    try withWorkplace { workplace in
      let plan = try workplace.mixq("plan", "shapes.safetensors", "--output", "plan.json")
      #expect(plan.code == 0)
      let run = try workplace.mixq(
        nearest + ["--plan", "/dev/stdin"], limits: "exec < <(cat plan.json)")
      #expect(run.code == 0, "\(run.errors)")
    }
  }

  @Test("A limit of file sizes is an error of writing, and nothing is left behind")
  func fileSize() throws {
    try withWorkplace { workplace in
      try refused(workplace, nearest, limits: "ulimit -f 8", code: 73, "File too large")
    }
  }

  @Test(
    "A full disk is an error of writing, at every output",
    .enabled(if: canMount, "needs the right to mount a disk (unshare -m)"),
    arguments: [0, 1, 2, 3, 4])
  func fullDisk(number: Int) throws {
    let mount = #"mount -t tmpfs -o size=64k tmpfs full && cd full"#
    let commands = [
      nearest, ["shapes", "--count", "300", "--output", "out"],
      ["plan", "shapes.safetensors", "--output", "plan.json"],
      evaluate + ["evaluation", "--predictions", "p.tsv"],
      [
        "compare", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "10", "--data", "evaluation", "--steps", "1", "--batch", "4", "--quiet", "--output", "out",
      ],
    ]
    try withWorkplace { workplace in
      try FileManager.default.createDirectory(
        at: workplace.folder.appending(path: "full"), withIntermediateDirectories: false)
      let inputs = ["shapes.safetensors", "calibration", "evaluation"]
      let arguments = commands[number].map { inputs.contains($0) ? "../\($0)" : $0 }
      // A comparison keeps whole results, from which it resumes.
      let kept = commands[number][0] == "compare" ? "out" : "nothing"
      let script =
        "unshare -m bash -c '\(mount) && { [ \(number) -ne 2 -a \(number) -ne 3 ] || "
        + "dd if=/dev/zero of=fill bs=1k count=64 2>/dev/null; ls -A > ../before; "
        + #""$0" "$@"; code=$?; ls -A | grep -vx \#(kept) > ../after; "#
        + #"[ ! -e \#(kept) ] || find \#(kept) -name ".*" >> ../after; exit $code; }' "$0" "$@"; exit $?"#
      let run = try workplace.mixq(arguments, limits: script)
      #expect(run.code == 73 && run.errors.contains("space"), "\(run)")
      #expect(try workplace.contents("before") == workplace.contents("after"))
    }
  }

  @Test("A full disk behind standard output is an error of writing")
  func fullOutput() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        ["inspect", "shapes.safetensors"], streams: ("/dev/full", nil))
      #expect(run.code == 73 && run.errors.contains("standard output"))
    }
  }

  @Test("Devices and pipes are never written", arguments: ["/dev/null", "/dev/full", "pipe"])
  func deviceOutput(name: String) throws {
    try withWorkplace { workplace in
      mkfifo(workplace.folder.appending(path: "pipe").path, 0o600)
      try refused(
        workplace, nearest.dropLast() + [name, "--force"], code: 73, "not a regular file")
    }
  }

  @Test("An argument that is not UTF-8 is named")
  func nonUTF8() throws {
    try withWorkplace { workplace in
      try refused(
        workplace, ["inspect"], limits: #"set -- "$@" $'\xff\xfe.pth'"#, code: 64, "not UTF-8")
    }
  }

  @Test("Too few open files are named", arguments: [4, 8, 16, 24])
  func descriptors(limit: Int) throws {
    try withWorkplace { workplace in
      try refused(
        workplace, nearest, limits: "ulimit -n \(limit)", code: 70, "limit of open files")
    }
  }

  @Test("Too little address space is named and ends the program", arguments: [200, 400, 700])
  func addressSpace(mebibytes: Int) throws {
    try withWorkplace { workplace in
      try refused(
        workplace, evaluate + ["evaluation", "--threads", "2"],
        limits: "ulimit -v \(mebibytes << 10)", code: 70, "address space is limited")
    }
  }

  @Test("With enough address space the result is the same")
  func enoughAddressSpace() throws {
    try withWorkplace { workplace in
      let arguments = evaluate + ["evaluation", "--json", "--threads", "2"]
      let limited = try workplace.mixq(arguments, limits: "ulimit -v 2000000").json()
      let free = try workplace.mixq(arguments).json()
      #expect(limited["top1"] as? Double == free["top1"] as? Double)
    }
  }

  @Test("An output folder that vanishes during the run is an error of writing")
  func vanishedFolder() throws {
    try withWorkplace { workplace in
      let out = workplace.folder.appending(path: "gone")
      try FileManager.default.createDirectory(at: out, withIntermediateDirectories: false)
      let before = try workplace.names().filter { $0 != "gone" }
      let run = try workplace.mixq(
        [
          "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
          "10", "--batch", "4", "--steps", "20", "--output", "gone/q.mixq", "--quiet",
        ]
      ) { _ in
        while (try? FileManager.default.contentsOfDirectory(atPath: out.path))?.isEmpty == true {
          usleep(2000)
        }
        while (try? FileManager.default.removeItem(at: out)) == nil { usleep(1000) }
      }
      #expect(run.code == 73 && run.errors.contains("No such file"), "\(run)")
      #expect(try workplace.names() == before)
    }
  }

  @Test("Two runs never write the same file at once")
  func locked() throws {
    try withWorkplace { workplace in
      let arguments = [
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "10", "--batch", "4", "--steps", "4000", "--output", "q.mixq", "--quiet",
      ]
      let first = try workplace.mixq(arguments) { process in
        func isBegun() throws -> Bool {
          try workplace.names().contains { $0.hasPrefix(".mixq") }
        }
        while process.isRunning, (try? isBegun()) != true { usleep(2000) }
        let second = try? workplace.mixq(nearest)
        #expect(second?.code == 73 && second?.errors.contains("another run of mixq") == true)
        process.interrupt()
      }
      #expect(first.code == 75)
      #expect(try !workplace.names().contains { $0.hasPrefix(".mixq") })
    }
  }
}
