import Foundation
import TestSupport
import Testing

@Suite("Folders that users reported", .needsSharedFiles)
struct ReportedFoldersTests {
  private static let resnet20 =
    SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors").path

  private func evaluate(_ model: String?, _ data: String, _ more: String...) throws -> Run {
    let reports = try SharedFiles.url("reports")
    var run: Run?
    try withWorkplace { workplace in
      run = try workplace.mixq(
        [
          "evaluate", model.map { reports.appending(path: $0).path } ?? Self.resnet20, "--data",
          reports.appending(path: data).path,
        ] + more)
    }
    return try #require(run)
  }

  @Test("Folders that are numbers are in numeric order")
  func numericFolders() throws {
    let run = try evaluate("02-numeric-folders/m.safetensors", "02-numeric-folders/val")
    #expect(run.code == 0 && run.output.hasPrefix("top-1 85.25 %"))
    #expect(run.errors.contains("by number, in numeric order: 0 → 0, 4 → 4, 9 → 9"))
  }

  @Test("WebP, BMP and TIFF are read")
  func otherFormats() throws {
    let run = try evaluate(nil, "03-other-extensions/val")
    #expect(run.code == 0 && run.errors.contains("images     120 of 120, ImageFolder"))
  }

  @Test("Class folders are walked at every depth")
  func nestedFolders() throws {
    let run = try evaluate(nil, "04-nested/val")
    #expect(run.code == 0 && run.errors.contains("images     120 of 120, ImageFolder"))
  }

  @Test("A folder that fits two label names is refused with both")
  func duplicateLabelNames() throws {
    let run = try evaluate(
      "06-duplicate-label-names/m.safetensors", "06-duplicate-label-names/val")
    #expect(run.code == 65)
    #expect(run.errors.contains("crane is the label name of the classes 0 and 3"))
  }

  @Test("A list labels a flat folder of any network")
  func flatFolder() throws {
    let list = try SharedFiles.url("reports/07-flat-with-list/list.txt").path
    let run = try evaluate(nil, "07-flat-with-list/val", "--labels", list)
    #expect(run.code == 0 && run.errors.contains("labelled by list.txt"))
    #expect(run.errors.contains("by number, as indices: 0 → 0 (circle)"))
  }
}
