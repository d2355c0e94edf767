import Foundation
import Testing

/// The command of the shell that gives up root's rights.
private let drop =
  getuid() == 0
  ? #"exec setpriv --reuid=65534 --regid=65534 --clear-groups "$0" "$@""# : "true"

/// True if the tests do not run as root, or if `setpriv` can start the tool as the user nobody.
private let canDropRights: Bool = {
  guard getuid() == 0 else { return true }
  return (try? withWorkplace { try $0.mixq(["--version"], limits: drop) })?.code == 0
}()

/// The tool runs as another user here, because root may read and write everything.
@Suite("Files and folders without permission", .enabled(if: canDropRights))
struct PermissionTests {
  private let nearest = [
    "quantize", "shapes.safetensors", "--calibration", "calibration", "--calibration-images", "10",
    "--method", "nearest", "--quiet", "--output",
  ]

  /// Runs the tool without rights and expects this exit code, these words, and no change in the folder.
  private func refused(
    _ workplace: Workplace, _ arguments: [String], code: Int32, _ words: String...
  ) throws {
    let before = try workplace.names()
    let run = try workplace.mixq(arguments, limits: drop)
    #expect(run.code == code, "\(arguments): \(run)")
    for word in words { #expect(run.errors.contains(word), "\(arguments): \(run)") }
    #expect(try workplace.names() == before)
  }

  private func allow(_ mode: Int, _ name: String, in workplace: Workplace) throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: workplace.folder.appending(path: name).path)
  }

  @Test("A model, a label list and a plan that may not be read are missing inputs")
  func unreadableFiles() throws {
    try withWorkplace { workplace in
      for name in ["secret.safetensors", "labels.txt", "plan.json"] {
        try workplace.write("{}", name)
        try allow(0o000, name, in: workplace)
      }
      try refused(
        workplace, ["inspect", "secret.safetensors"], code: 66, "secret.safetensors",
        "Permission denied")
      try refused(
        workplace,
        ["evaluate", "shapes.safetensors", "--data", "evaluation", "--labels", "labels.txt"],
        code: 66, "labels.txt", "Permission denied")
      try FileManager.default.createDirectory(
        at: workplace.folder.appending(path: "open"), withIntermediateDirectories: false)
      try allow(0o777, "open", in: workplace)
      try refused(
        workplace, nearest + ["open/q.mixq", "--plan", "plan.json"], code: 66, "plan.json",
        "Permission denied")
    }
  }

  @Test("Pictures and folders that may not be read are named and never silently left out")
  func unreadablePictures() throws {
    try withWorkplace { workplace in
      let picture = try #require(
        try FileManager.default.contentsOfDirectory(
          atPath: workplace.folder.appending(path: "evaluation/circle").path
        ).min())
      try allow(0o000, "evaluation/circle/\(picture)", in: workplace)
      try refused(
        workplace, ["evaluate", "shapes.safetensors", "--data", "evaluation", "--quiet"], code: 66,
        picture)
      try allow(0o644, "evaluation/circle/\(picture)", in: workplace)
      try allow(0o000, "evaluation/circle", in: workplace)
      try refused(
        workplace, ["evaluate", "shapes.safetensors", "--data", "evaluation", "--quiet"], code: 66,
        "evaluation/circle")
      try allow(0o755, "evaluation/circle", in: workplace)
    }
  }

  @Test("A folder that may not be written is an error of writing, before the work begins")
  func unwritable() throws {
    try withWorkplace { workplace in
      try FileManager.default.createDirectory(
        at: workplace.folder.appending(path: "closed"), withIntermediateDirectories: false)
      try allow(0o555, "closed", in: workplace)
      try refused(workplace, nearest + ["closed/q.mixq"], code: 73, "closed", "not writable")
      try refused(
        workplace, ["plan", "shapes.safetensors", "--output", "closed/plan.json"], code: 73,
        "closed", "not writable")
      try refused(
        workplace, ["shapes", "--count", "10", "--output", "closed/pictures"], code: 73, "closed",
        "Permission denied")
    }
  }

  @Test("A model in a folder that may not be entered is a missing input")
  func closedFolder() throws {
    try withWorkplace { workplace in
      try FileManager.default.createDirectory(
        at: workplace.folder.appending(path: "closed"), withIntermediateDirectories: false)
      try workplace.write("{}", "closed/m.pth")
      try allow(0o000, "closed", in: workplace)
      try refused(workplace, ["inspect", "closed/m.pth"], code: 66, "closed/m.pth")
      try refused(workplace, ["inspect", "closed"], code: 66, "closed")
      try allow(0o755, "closed", in: workplace)
    }
  }
}
