import Datasets
import Foundation
import TestSupport
import Testing

@Suite("mixq evaluate")
struct EvaluateCommandTests {
  @Test("Results go to standard output; choices, reasons and self-check to standard error")
  func separation() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq("evaluate", "shapes.safetensors", "--data", "evaluation")
      #expect(run.code == 0)
      #expect(run.output.contains(/^top-1 \d+\.\d\d % \[/) && !run.output.contains("transform"))
      for word in ["CIFAR ResNet-20", "40 of 40", "by its label names", "beside the model"] {
        #expect(run.errors.contains(word), "\(word)")
      }
      #expect(run.errors.contains("self-check folded against unfolded"))
    }
  }

  @Test("The JSON has the keys that scripts rely on; quiet leaves standard error empty")
  func json() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--json", "--quiet")
      #expect(run.code == 0 && run.errors.isEmpty)
      let object = try run.json()
      for key in ["top1", "top5", "images", "correct1", "images_per_second", "transform"] {
        #expect(object[key] != nil, "\(key)")
      }
      #expect(object["images"] as? Int == 40)
    }
  }

  @Test(
    "A limit takes images of all classes; a limit above their number takes all images",
    arguments: [10, 400])
  func limit(count: Int) throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--limit", "\(count)",
        "--predictions", "p.tsv", "--json")
      #expect(try run.json()["images"] as? Int == min(count, 40))
      let rows = String(decoding: try workplace.contents("p.tsv"), as: UTF8.self)
        .split(separator: "\n").dropFirst()
      #expect(Set(rows.map { $0.split(separator: "\t")[1] }).count == 10)
    }
  }

  @Test("Below --min-top1 the exit code is 1, and a line after the result states the reason")
  func minTop1() throws {
    try withWorkplace { workplace in
      let below = try workplace.mixq(
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--min-top1", "100", "--quiet")
      // The network's accuracy on new pictures is below this limit.
      #expect(below.code == 1 && below.output.contains("top-1"))
      #expect(
        below.errors.contains(
          /top-1 \S+ % is below --min-top1 100\.00; .* \[below-minimum\]\n$/))
      let above = try workplace.mixq(
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--min-top1", "20", "--quiet")
      #expect(above.code == 0)
    }
  }

  @Test("Predictions are a table with one row per image, overwritten only by --force")
  func predictions() throws {
    try withWorkplace { workplace in
      let arguments = [
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--predictions", "p.tsv",
      ]
      #expect(try workplace.mixq(arguments).code == 0)
      let lines = String(decoding: try workplace.contents("p.tsv"), as: UTF8.self)
        .split(separator: "\n")
      #expect(lines.count == 41)
      #expect(lines.allSatisfy { $0.split(separator: "\t").count == 8 })
      #expect(try workplace.mixq(arguments).code == 73)
      #expect(try workplace.mixq(arguments + ["--force"]).code == 0)
    }
  }

  @Test("An interrupted evaluation names its state, resumes, and writes the same predictions")
  func resumes() throws {
    try withWorkplace { workplace in
      try Shapes.write(count: 1500, seed: 3, to: workplace.folder.appending(path: "many"))
      let command = [
        "evaluate", "shapes.safetensors", "--data", "many", "--threads", "1", "--predictions",
      ]
      #expect(try workplace.mixq(command + ["whole.tsv"]).code == 0)
      let state = workplace.folder.appending(path: "p.tsv.state")
      let run = try workplace.mixq(command + ["p.tsv"]) { process in
        // The first line is the job, and each other line a batch.
        func lines() -> Int { (try? Data(contentsOf: state))?.count { $0 == 10 } ?? 0 }
        while process.isRunning, lines() < 3 { usleep(1000) }
        process.interrupt()
      }
      #expect(run.code == 75 && run.errors.contains("p.tsv.state keeps the answers so far"))
      let other = try workplace.mixq(command + ["p.tsv", "--preset", "cifar10"])
      #expect(other.code == 73 && other.errors.contains("it belongs to another transform"))
      let resumed = try workplace.mixq(command + ["p.tsv"])
      #expect(resumed.code == 0 && resumed.errors.contains("images were scored by an earlier run"))
      #expect(try workplace.contents("p.tsv") == workplace.contents("whole.tsv"))
      #expect(!FileManager.default.fileExists(atPath: state.path))
    }
  }

  @Test("A program without MPI refuses to be one of several ranks")
  func ranksWithoutMPI() throws {
    try withWorkplace { workplace in
      let run = try workplace.mixq(
        ["evaluate", "shapes.safetensors", "--data", "evaluation"],
        environment: ["OMPI_COMM_WORLD_SIZE": "4"])
      #expect(run.code == 64 && run.errors.contains("this program is built without MPI"))
    }
  }

  @Test(
    "Full precision at chance level exits with 65 and the usual reasons", arguments: [false, true])
  func chance(json: Bool) throws {
    try withWorkplace { workplace in
      let arguments = ["evaluate", "random.safetensors", "--data", "evaluation"]
      let run = try workplace.mixq(arguments + (json ? ["--json"] : []))
      #expect(run.code == 65)
      #expect(run.errors.contains("no better than chance") && run.errors.contains("normalised"))
    }
  }

  @Test("Classes that do not match the model are refused with both counts")
  func classCounts() throws {
    try withWorkplace { workplace in
      try workplace.remove("evaluation/circle")
      let run = try workplace.mixq("evaluate", "random.safetensors", "--data", "evaluation")
      #expect(run.code == 65 && run.errors.contains("9 classes") && run.errors.contains("10"))
    }
  }

  @Test("Empty folders and empty classes are refused")
  func emptyFolders() throws {
    try withWorkplace { workplace in
      for name in ["empty", "evaluation/zigzag"] {
        try FileManager.default.createDirectory(
          at: workplace.folder.appending(path: name), withIntermediateDirectories: true)
      }
      for data in ["empty", "evaluation"] {
        let run = try workplace.mixq("evaluate", "shapes.safetensors", "--data", data)
        #expect(run.code == 65 && run.output.isEmpty)
      }
    }
  }

  @Test("Unreadable images stop the work, or are named and counted with --skip-bad-images")
  func badImages() throws {
    try withWorkplace { workplace in
      try workplace.write("no picture", "evaluation/circle/bad.png")
      let arguments = ["evaluate", "shapes.safetensors", "--data", "evaluation"]
      let stopped = try workplace.mixq(arguments)
      #expect(stopped.code == 65 && stopped.errors.contains("circle/bad.png"))
      let skipped = try workplace.mixq(arguments + ["--skip-bad-images"])
      #expect(skipped.code == 0 && skipped.output.contains("circle/bad.png"))
      #expect(skipped.output.contains("skipped  1 images"))
      let object = try workplace.mixq(arguments + ["--skip-bad-images", "--json"]).json()
      #expect(object["skipped_images"] as? [String] == ["circle/bad.png"])
      #expect(object["images"] as? Int == 40)
    }
  }

  @Test("Every file is counted; broken links stop the work unless they are skipped")
  func accounting() throws {
    try withWorkplace { workplace in
      let data = workplace.folder.appending(path: "evaluation")
      try workplace.write("notes", "evaluation/circle/notes.txt")
      let arguments = ["evaluate", "shapes.safetensors", "--data", "evaluation"]
      let counted = try workplace.mixq(arguments)
      #expect(counted.code == 0)
      #expect(counted.errors.contains("skipped    known not to be images: 1 (.txt)"))
      #expect(counted.errors.contains("by its label names: arrow → 9, pentagon → 3, triangle → 2"))
      try FileManager.default.createSymbolicLink(
        atPath: data.appending(path: "circle/gone.png").path, withDestinationPath: "/nowhere")
      let stopped = try workplace.mixq(arguments)
      #expect(stopped.code == 65)
      #expect(stopped.errors.contains("links to nothing: 1 (circle/gone.png)"))
      let skipped = try workplace.mixq(arguments + ["--skip-bad-images"])
      #expect(skipped.code == 0 && skipped.output.contains("skipped  1 images"))
    }
  }

  @Test("A list or a class map gives the classes of folders with other names")
  func labels() throws {
    try withWorkplace { workplace in
      let data = workplace.folder.appending(path: "evaluation")
      try FileManager.default.moveItem(
        at: data.appending(path: "circle"), to: data.appending(path: "round"))
      let arguments = ["evaluate", "shapes.safetensors", "--data", "evaluation"]
      let refused = try workplace.mixq(arguments)
      #expect(refused.code == 65 && refused.errors.contains("lack 1 of the 10 names"))
      #expect(refused.errors.contains("names: round"))

      let names = try FileManager.default.contentsOfDirectory(atPath: data.path).sorted()
      let map = names.map { "\($0),\($0 == "round" ? "circle" : $0)\n" }.joined()
      try workplace.write(map, "map.csv")
      let mapped = try workplace.mixq(arguments + ["--class-map", "map.csv"])
      #expect(mapped.code == 0 && mapped.errors.contains("by map.csv: arrow → 9"))

      var list = "file,label\n"
      for name in names {
        for file in try FileManager.default.contentsOfDirectory(
          atPath: data.appending(path: name).path)
        {
          list += "\(name)/\(file),\(name == "round" ? "circle" : name)\n"
        }
      }
      try workplace.write(list, "list.csv")
      let listed = try workplace.mixq(arguments + ["--labels", "list.csv"])
      #expect(listed.code == 0 && listed.errors.contains("40 of 40, labelled by list.csv"))
      #expect(
        listed.output.prefix { $0 != "]" } == mapped.output.prefix { $0 != "]" })
    }
  }

  @Test("With the calibration folder, it finds the images that are in both")
  func overlap() throws {
    try withWorkplace { workplace in
      let quantized = try workplace.mixq(
        "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images",
        "20", "--method", "brecq", "--steps", "2", "--batch", "10", "--output", "packed", "--quiet")
      #expect(quantized.code == 0)
      let apart = try workplace.mixq(
        "evaluate", "packed", "--data", "evaluation", "--calibration", "calibration")
      #expect(apart.errors.contains("0 of 40 evaluation images are also among the 20"))
      let arguments = [
        "evaluate", "packed", "--data", "calibration", "--calibration", "calibration", "--json",
      ]
      let refused = try workplace.mixq(arguments)
      #expect(refused.code == 64 && refused.errors.contains("share images"))
      let same = try workplace.mixq(arguments + ["--allow-overlap"])
      #expect(same.errors.contains("20 of 30 evaluation images") && same.code == 0)
      let audit = try same.json()["audit"] as? [String: Any]
      #expect(audit?["in_calibration"] as? Int == 20)

      let other = try workplace.mixq(
        "evaluate", "packed", "--data", "evaluation", "--calibration", "evaluation")
      #expect(other.code == 64 && other.errors.contains("not those of the packed file"))
      let none = try workplace.mixq(
        "evaluate", "shapes.safetensors", "--data", "evaluation", "--calibration", "calibration")
      #expect(none.code == 64 && none.errors.contains("without calibration images"))
    }
  }

  @Test("The engine and its reason are printed; integer kernels need quantized activations")
  func engine() throws {
    try withWorkplace { workplace in
      for (name, options) in [
        ("weights", []), ("codes", ["--activation-bits", "4", "--calibration-images", "20"]),
      ] {
        let run = try workplace.mixq(
          [
            "quantize", "shapes.safetensors", "--calibration", "calibration", "--method",
            "nearest", "--output", name,
          ] + (options.isEmpty ? ["--calibration-images", "20"] : options))
        #expect(run.code == 0)
        #expect(
          run.errors.contains("will run on \(name == "codes" ? "integer" : "float") kernels"))
      }
      let codes = try workplace.mixq("evaluate", "codes", "--data", "evaluation")
      #expect(codes.code == 0 && codes.errors.contains("engine     integer kernels"))
      #expect(codes.output.contains("ms of it for decoding"))
      let weights = try workplace.mixq("evaluate", "weights", "--data", "evaluation")
      #expect(weights.errors.contains("float kernels (weights alone are quantized"))
      for name in ["weights", "shapes.safetensors"] {
        let refused = try workplace.mixq(
          "evaluate", name, "--data", "evaluation", "--engine", "integer")
        #expect(refused.code == 64 && refused.errors.contains("--activation-bits"))
      }
    }
  }

  @Test("An image size that a network cannot take is refused before the run")
  func imageSize() throws {
    try withWorkplace { workplace in
      let fixtures = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/Networks")
      for name in ["resnetaa50.safetensors", "resnetaa50.json"] {
        try FileManager.default.copyItem(
          at: fixtures.appending(path: name), to: workplace.folder.appending(path: name))
      }
      let run = try workplace.mixq(
        "evaluate", "resnetaa50.safetensors", "--data", "evaluation", "--preset", "cifar",
        "--resize", "100", "--crop", "100")
      #expect(run.code == 65 && run.errors.contains("the network does not fit its input"))
    }
  }
}
