import Checkpoints
import Foundation
import Testing

@Suite("The files of one model")
struct ModelFilesTests {
  /// Makes a folder with these empty files and runs `body` on it.
  private func withFiles(_ names: [String], _ body: (URL) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    for name in names { try Data("{}".utf8).write(to: root.appending(path: name)) }
    try body(root)
  }

  @Test(
    "A folder gives its weights and its config.json, whatever state lies beside them",
    arguments: [
      (["model.safetensors", "pytorch_model.bin", "config.json"], "model.safetensors"),
      (
        ["pytorch_model.bin", "optimizer.pt", "training_args.bin", "config.json"],
        "pytorch_model.bin"
      ),
      (["best.pth", "optimizer.pt", "config.json"], "best.pth"),
      (
        ["model-00001-of-00002.safetensors", "model.safetensors.index.json", "config.json"],
        "model.safetensors.index.json"
      ),
    ])
  func folders(names: [String], weights: String) throws {
    try withFiles(names) { root in
      for place in [root, root.appending(path: weights)] {
        let files = try ModelFiles(of: place)
        #expect(files.weights.lastPathComponent == weights)
        #expect(files.configuration?.lastPathComponent == "config.json")
      }
    }
  }

  @Test("NAME.json comes before config.json, and a preprocessor belongs to the folder's model")
  func named() throws {
    try withFiles(["r.pth.tar", "r.json", "config.json", "preprocessor_config.json"]) { root in
      let files = try ModelFiles(of: root.appending(path: "r.pth.tar"))
      #expect(files.configuration?.lastPathComponent == "r.json" && files.preprocessor == nil)
    }
    try withFiles(["model.safetensors", "preprocessor_config.json"]) { root in
      let files = try ModelFiles(of: root)
      #expect(files.preprocessor != nil)
    }
  }

  @Test("Of two models with names of their own, none owns config.json, and a note names the other")
  func rivals() throws {
    try withFiles(["a.pth", "b.pt", "config.json"]) { root in
      let files = try ModelFiles(of: root.appending(path: "a.pth"))
      #expect(files.configuration == nil && files.notes.first?.contains("b.pt") == true)
    }
  }

  @Test(
    "A folder without weights, with several, or of another framework",
    arguments: [
      (["readme.md"], "no weights"), (["a.pth", "b.pth"], "several: a.pth, b.pth"),
      (["saved_model.pb"], "TensorFlow SavedModel"),
    ])
  func refusals(names: [String], reason: String) throws {
    try withFiles(names) { root in
      let error = #expect(throws: (any Error).self) { try ModelFiles(of: root) }
      #expect("\(error as Any)".contains(reason))
    }
  }
}
