import Foundation
import TestSupport
import Testing

/// The programs of Docs/Examples and the tutorial do what they say.
@Suite struct ExamplesTests {
  private static let examples = SharedFiles.projectRoot.appending(path: "Docs/Examples")
  private static let catalogue = SharedFiles.projectRoot
    .appending(path: "Sources/MixQuantKit/MixQuantKit.docc")
  /// The folder of the programs, which are built beside the tests.
  private static let programs = Bundle.main.executableURL?.deletingLastPathComponent()

  @Test("The example package quantizes the embedded model and classifies a picture")
  func package() throws {
    let pictures = try Pictures(count: 64, seed: 3)
    let checkpoint = pictures.folder.appending(path: "model.safetensors")
    try FileManager.default.copyItem(at: Pictures.model, to: checkpoint)
    let picture = try #require(
      FileManager.default.enumerator(at: pictures.folder, includingPropertiesForKeys: nil)?
        .compactMap { $0 as? URL }.first { $0.pathExtension == "png" })
    let program = try #require(Self.programs).appending(path: "QuantizeAndClassify")

    let (code, output) = try run(program, [checkpoint.path, pictures.folder.path, picture.path])

    #expect(code == 0, "\(output)")
    #expect(output.contains("ResNet-20, 10 classes"))
    #expect(output.contains("wrote model.mixq, "))
    #expect(output.contains("\(picture.lastPathComponent): "))
    #expect(try run(program, []).code == 64)
    #expect(try run(program, ["absent.pth", "absent", "absent.png"]).code == 1)
  }

  @Test("The shell script goes from a checkpoint to an ONNX file")
  func script() throws {
    let pictures = try Pictures(count: 64, seed: 3)
    let out = pictures.folder.appendingPathExtension("out")
    defer { try? FileManager.default.removeItem(at: out) }
    let script = Self.examples.appending(path: "checkpoint-to-onnx.sh")
    let folder = pictures.folder.path
    let validation = try Pictures(count: 40, seed: 4)

    let (code, output) = try run(
      script, [Pictures.model.path, folder, validation.folder.path, out.path],
      environment: ["IMAGES": "64"])

    #expect(code == 0, "\(output)")
    for name in ["model.mixq", "model.onnx"] {
      #expect(FileManager.default.fileExists(atPath: out.appending(path: name).path))
    }
    #expect(try run(script, [folder]).code == 64)
  }

  @Test("The tutorial ends with the example's own code, and each step only adds lines")
  func tutorial() throws {
    let resources = Self.catalogue.appending(path: "Resources")
    let steps = try ["1-open", "2-quantize", "3-write", "4-classify"].map {
      try String(contentsOf: resources.appending(path: "\($0).swift"), encoding: .utf8)
    }
    let example = Self.examples
      .appending(path: "QuantizeAndClassify/Sources/QuantizeAndClassify/main.swift")
    #expect(try steps.last == String(contentsOf: example, encoding: .utf8))
    for (step, next) in zip(steps, steps.dropFirst()) {
      let changes = next.split(separator: "\n").difference(from: step.split(separator: "\n"))
      #expect(changes.removals.isEmpty && !changes.insertions.isEmpty)
    }
  }

  @Test("DocC converts the catalogue")
  func documentation() throws {
    let docc = URL(filePath: "/usr/bin/env")
    guard try run(docc, ["docc", "--help"]).code == 0 else {
      print("SKIPPED: DocC converts the catalogue; there is no docc on the PATH")
      return
    }
    let out = FileManager.default.temporaryDirectory.appending(path: "docc-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: out) }
    let (code, output) = try run(
      docc,
      [
        "docc", "convert", Self.catalogue.path, "--output-path", out.path,
        "--fallback-display-name", "MixQuantKit", "--fallback-bundle-identifier", "mixq",
        "--fallback-bundle-version", "1",
      ])
    #expect(code == 0)
    // Symbols are known only to a build that extracts them.
    let complaints = output.split(separator: "\n").filter {
      ($0.hasPrefix("warning:") || $0.hasPrefix("error:")) && !$0.contains("No symbol matched")
    }
    #expect(complaints.isEmpty, "\(complaints)")
    #expect(
      FileManager.default.fileExists(
        atPath: out.appending(path: "data/tutorials/mixquantkit/quantizeandclassify.json").path))
  }

  /// Runs a program with `mixq` on its path; `output` holds both of its streams.
  private func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let variables = ProcessInfo.processInfo.environment
    let path = (Self.programs?.path ?? "") + ":" + (variables["PATH"] ?? "")
    process.environment = variables.merging(["PATH": path]) { $1 }.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
