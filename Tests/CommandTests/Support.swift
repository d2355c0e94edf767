import Checkpoints
import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

/// The exit code and the output of a run of the tool.
struct Run {
  let code: Int32
  let output: String
  let errors: String

  /// Standard output as one JSON object.
  func json() throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any],
      "no JSON object: \(output)")
  }
}

/// A folder of its own in which `mixq` is run, with what its commands need.
struct Workplace {
  let folder: URL

  /// The tool, built beside the tests.
  private static let tool = Bundle.main.executableURL?
    .deletingLastPathComponent().appending(path: "mixq")

  /// Runs `mixq` in the folder, on two threads.
  func mixq(_ arguments: String...) throws -> Run { try mixq(arguments) }

  /// Runs `mixq` in the folder, and `meanwhile` at the same time.
  /// - Parameters:
  ///   - streams: Files for standard output and standard error, which are then not read.
  ///   - closed: A standard stream, 1 or 2, that is closed.
  ///   - deserted: A standard stream, 1 or 2, whose reader has closed it.
  ///   - environment: Variables to set, in addition to those of the tests.
  ///   - limits: Commands of the shell that run before the tool, such as `ulimit -n 8`.
  func mixq(
    _ arguments: [String], streams: (output: String?, errors: String?) = (nil, nil),
    closed: Int? = nil, deserted: Int? = nil, environment: [String: String] = [:],
    limits: String? = nil, meanwhile: (Process) -> Void = { _ in }
  ) throws -> Run {
    let process = Process()
    let tool: URL = try #require(Self.tool)
    process.executableURL = tool
    process.arguments = arguments
    if let closed {
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", #"exec "$0" "$@" \#(closed)>&-"#, tool.path] + arguments
    }
    if let limits {
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-c", #"\#(limits); exec "$0" "$@""#, tool.path] + arguments
    }
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // The tool would wait if a pipe were full, so its output goes into files.
    let outputs = try ["out", "err"].map { name in
      let url = FileManager.default.temporaryDirectory
        .appending(path: "\(name)-\(UUID().uuidString)")
      try Data().write(to: url)
      return (url, try FileHandle(forWritingTo: url))
    }
    defer { for (url, _) in outputs { try? FileManager.default.removeItem(at: url) } }
    process.standardOutput =
      streams.output.flatMap(FileHandle.init(forWritingAtPath:)) ?? outputs[0].1
    process.standardError =
      streams.errors.flatMap(FileHandle.init(forWritingAtPath:)) ?? outputs[1].1
    if let deserted {
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      if deserted == 1 { process.standardOutput = pipe } else { process.standardError = pipe }
    }
    process.standardInput = FileHandle.nullDevice
    try process.run()
    meanwhile(process)
    process.waitUntilExit()
    let texts = try outputs.map { String(decoding: try Data(contentsOf: $0.0), as: UTF8.self) }
    try #require(
      process.terminationReason == .exit, "killed by signal \(process.terminationStatus)")
    return Run(code: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  /// Runs `mixq`, sends `number` after some seconds, and returns the exit code; nil if a signal ended it.
  func mixq(_ arguments: [String], sending number: Int32, after seconds: Double) throws -> Int32? {
    let process = Process()
    process.executableURL = try #require(Self.tool)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    usleep(UInt32(seconds * 1e6))
    kill(process.processIdentifier, number)
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : nil
  }

  /// Runs a line of a shell in which `mixq` is the tool, on two threads.
  func shell(_ line: String) throws -> Run {
    let tool: URL = try #require(Self.tool)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PATH": "\(tool.deletingLastPathComponent().path):\(path)"]) { $1 }
    let errors = FileManager.default.temporaryDirectory
      .appending(path: "shell-\(UUID().uuidString)")
    try Data().write(to: errors)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Run(
      code: process.terminationStatus, output: "",
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// Names in the folder, sorted.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  func contents(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appending(path: name))
  }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  /// Removes a file that a test has looked at.
  func remove(_ name: String) throws {
    try FileManager.default.removeItem(at: folder.appending(path: name))
  }
}

extension Workplace {
  /// Puts the checkpoint that was trained on Shapes into the folder as `shapes.safetensors`.
  func addTrainedModel() throws {
    let models = SharedFiles.projectRoot.appending(path: "Models")
    for suffix in ["safetensors", "json"] {
      try FileManager.default.copyItem(
        at: models.appending(path: "resnet20-shapes.\(suffix)"),
        to: folder.appending(path: "shapes.\(suffix)"))
    }
  }

  /// Puts a small network of random weights into the folder as `random.safetensors`.
  func addRandomModel() throws {
    let tensors = CheckpointSketch.cifar(8, channels: 4).randomStateDict(seed: 1)
    let entries = tensors.names.compactMap { name in
      tensors[name].map { SafetensorsEntry(name: name, shape: $0.shape, float32: $0.scalars) }
    }
    try SafetensorsFile(entries: entries)
      .write(to: folder.appending(path: "random.safetensors"), overwriting: false)
  }

  /// Puts pictures into the folders `calibration` and `evaluation`.
  func addPictures() throws {
    try Shapes.write(count: 30, seed: 1, to: folder.appending(path: "calibration"))
    try Shapes.write(count: 40, seed: 2, to: folder.appending(path: "evaluation"))
  }
}

/// Gives `body` a workplace with both models and pictures, which is removed afterwards.
func withWorkplace<Result>(_ body: (Workplace) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "command-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let workplace = Workplace(folder: folder)
  try workplace.addTrainedModel()
  try workplace.addRandomModel()
  try workplace.addPictures()
  return try body(workplace)
}
