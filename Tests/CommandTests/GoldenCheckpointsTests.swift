import Foundation
import TestSupport
import Testing

@Suite("mixq inspect on the golden checkpoints", .needsSharedFiles)
struct GoldenCheckpointsTests {
  /// The kinds of files in the README beside them: sound files are read, damaged and foreign ones refused,
  /// and hostile ones (and the one with a path in its zip) either, if nothing is executed.
  private func codes(_ name: String) -> Set<Int32> {
    if name.hasPrefix("hostile_") || name == "broken_path_traversal.pth" { return [0, 65] }
    if name.hasPrefix("broken_") || name.hasPrefix("unsupported_") { return [65] }
    return name == "resnet8_io.safetensors" ? [65] : [0]
  }

  @Test("Every file behaves as its README says, and nothing in it is executed")
  func everyFile() throws {
    let folder = try SharedFiles.url("golden/checkpoints")
    try withWorkplace { workplace in
      let before = try workplace.names()
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
        let run = try workplace.mixq("inspect", folder.appending(path: name).path)
        #expect(codes(name).contains(run.code), "\(name): \(run.code) \(run.errors)")
        #expect(run.code == 0 || run.errors.contains(name), "\(name): \(run.errors)")
      }
      #expect(try workplace.names() == before)
      let marks = ["/tmp", FileManager.default.currentDirectoryPath, folder.path]
      for mark in marks {
        #expect(!FileManager.default.fileExists(atPath: "\(mark)/pwned-by-checkpoint"))
      }
    }
  }

  @Test("The hostile object beside sound weights is named as inert", arguments: ["zip", "legacy"])
  func inertGlobals(container: String) throws {
    let file = try SharedFiles.url("golden/checkpoints/hostile_reduce_\(container).pth")
    try withWorkplace { workplace in
      let run = try workplace.mixq("inspect", file.path)
      #expect(run.code == 0 && run.output.contains("inert  "))
      let object = try workplace.mixq("inspect", file.path, "--json").json()
      #expect((object["inert_globals"] as? [String])?.isEmpty == false)
    }
  }

  @Test("The tensor that holds NaN is named")
  func nanWeight() throws {
    let file = try SharedFiles.url("golden/checkpoints/broken_nan_weight.pth")
    try withWorkplace { workplace in
      let run = try workplace.mixq("inspect", file.path)
      #expect(run.errors.contains(/layer\d\.\d\.conv\d\.weight/))
    }
  }
}
