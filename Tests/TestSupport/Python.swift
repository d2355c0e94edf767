package import Foundation
package import Testing

/// The Python interpreter that checks exported files, if there is one with the packages that it needs.
///
/// It is the one that `MIXQ_PYTHON` names, that of the folder `.build/python` which `Scripts/setup`
/// makes, or `python3`.
package enum Python {
  /// A set of packages that a test imports.
  package enum Packages: String, Sendable {
    case numpy
    case onnx = "numpy, onnx, onnxruntime"
    case openVINO = "numpy, onnx, openvino"
    case torchvision = "safetensors, torch, torchvision"
    case timm = "safetensors, torch, timm"
  }

  /// The output of a script and its exit code.
  package struct Run {
    package let code: Int32
    package let output: String
  }

  /// Runs `script` with `arguments`; its standard output and errors come back together.
  package static func run(_ script: String, _ arguments: [String] = []) throws -> Run {
    let interpreter = try #require(interpreter, "there is no Python")
    return try run(interpreter, ["-c", script] + arguments)
  }

  /// Runs the script in the file at `url` with `arguments`.
  package static func run(file url: URL, _ arguments: [String]) throws -> Run {
    let interpreter = try #require(interpreter, "there is no Python")
    return try run(interpreter, [url.path] + arguments)
  }

  /// Returns true if the interpreter can import `packages`.
  package static func has(_ packages: Packages) -> Bool {
    guard let interpreter else { return false }
    return (try? run(interpreter, ["-c", "import \(packages.rawValue)"]))?.code == 0
  }

  private static let interpreter: URL? = {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["MIXQ_PYTHON"] { return URL(filePath: named) }
    let own = SharedFiles.projectRoot.appending(path: ".build/python/bin/python")
    if FileManager.default.isExecutableFile(atPath: own.path) { return own }
    return (environment["PATH"] ?? "").split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: "python3") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  private static func run(_ interpreter: URL, _ arguments: [String]) throws -> Run {
    let process = Process()
    process.executableURL = interpreter
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Run(code: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test, with the reason, if Python lacks `packages`.
  package static func needsPython(_ packages: Python.Packages) -> Self {
    .enabled(if: Python.has(packages), "needs Python with \(packages.rawValue)")
  }
}
