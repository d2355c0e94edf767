import KitSupport
import Quantization
import Reconstruction
import Checkpoints
import Files
import Foundation
import MixQuantKit
@testable import Studies
import Tensors
import TestSupport
import Testing

@Suite("The folder of an experiment")
struct ExperimentFolderTests {
  @Test("A rerun does nothing twice and gives the same result; so does reading the folder")
  func resuming() throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let whole = try run(experiment(in: folder), folder: output)
      #expect(try ExperimentResult(contentsOf: output) == whole.result)

      let again = try run(experiment(in: folder), folder: output)
      #expect(again.fresh.isEmpty && again.result == whole.result)

      let lost = whole.result.record.entries[3].key
      try FileManager.default.removeItem(at: output.appending(path: "cells/\(lost).json"))
      #expect(inputError { _ = try ExperimentResult(contentsOf: output) }?.kind == .missingInput)
      let mended = try run(experiment(in: folder), folder: output)
      #expect(mended.fresh.count == 1)
      for (cell, score) in whole.result.scores {
        #expect(mended.result.scores[cell]?.divergences == score.divergences)
        #expect(mended.result.scores[cell]?.answers == score.answers)
      }
    }
  }

  @Test("A run that goes on never leaves less in the record than it found")
  func recordOnTheWay() throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let whole = try run(experiment(in: folder), folder: output).result.record
      func kept() throws -> Int { try ExperimentRecord(contentsOf: output).entries.count }
      let (first, last) = (whole.entries[0].key, whole.entries[whole.entries.count - 1].key)

      try FileManager.default.removeItem(at: output.appending(path: "cells/\(first).json"))
      let lost = whole.entries.count { $0.key == first }
      var least = whole.entries.count
      _ = try experiment(in: folder)(store: ResultStore(folder: output)) { event in
        guard case .evaluating = event else { return }
        least = min(least, (try? kept()) ?? 0)
      }
      #expect(least >= whole.entries.count - lost)

      try Data("{".utf8).write(to: output.appending(path: "cells/\(last).json"))
      #expect(inputError { _ = try run(experiment(in: folder), folder: output) }?.kind == .badData)
      #expect(try kept() == whole.entries.count)
    }
  }

  @Test(
    "The packed files of the first seed are kept, each with its plan; one of equal work is a copy")
  func packedFiles() throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let experiment = try experiment(
        allocators: ["two-width", "mixquant"], targetBits: 2, seeds: [4, 5], in: folder)
      let (result, fresh) = try run(experiment, folder: output)
      #expect(fresh.count < result.scores.count)
      for (cell, score) in result.finished where cell.seed == 4 {
        let name = "\(cell.contestant)+\(cell.method.rawValue)-2.0"
        let url = output.appending(path: "packed/\(name).safetensors")
        #expect(try SHA256.hexDigest(ofFile: url) == result.file(of: cell))
        let packed = try Model(contentsOf: url)
        let scored = try experiment.evaluator(packed.classifier).predictions
        #expect(scored.classes == score.answers)
        let plan = try Data(contentsOf: output.appending(path: "packed/\(name).plan.json"))
        let own = try BitPlan(json: plan, network: experiment.model.network, at: name)
        #expect(own.bitWidths == score.plan.bitWidths && own.rule == score.plan.rule)
        guard case .packed(let file) = packed else {
          Issue.record("\(name) is no packed file")
          continue
        }
        #expect(file.plan.rule == score.plan.rule && file.provenance.recipe.method == cell.method)
      }
    }
  }

  @Test("What another run kept in the folder serves a larger design")
  func growing() throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let small = try run(
        experiment(allocators: ["two-width"], seeds: [4], in: folder), folder: output)
      #expect(small.fresh.count == 2)
      let large = try run(
        experiment(allocators: ["two-width", "mixquant"], seeds: [4], in: folder), folder: output)
      #expect(large.fresh.map(\.contestant) == ["mixquant", "mixquant"])
    }
  }

  @Test("A folder of another network's results is refused")
  func otherNetwork() throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let shapes = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder)
      _ = try run(shapes, folder: output)
      var tensors = shapes.model.file.stateDict
      tensors["linear.bias"]?.scalars[0] += 0.001
      let other = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder,
        model: CheckpointSketch.model(tensors, in: folder))
      let error = inputError { _ = try run(other, folder: output) }
      #expect(error?.kind == .cannotWrite && error?.reason.contains("network") == true)
    }
  }

  /// Finishes an experiment of one cell, puts `edited` in the place of the only file of `kind`, and expects a
  /// rerun to name that file.
  private func expectRefusal(
    of kind: ResultStore.Kind, edited: (String) -> String
  ) throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let one = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder)
      _ = try run(one, folder: output)
      let kept = output.appending(path: kind.rawValue)
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: kept.path).first)
      let file = kept.appending(path: name)
      let text = try String(contentsOf: file, encoding: .utf8)
      try #require(edited(text) != text)
      try Data(edited(text).utf8).write(to: file)
      let error = inputError { _ = try run(one, folder: output) }
      #expect(error?.kind == .badData && error?.place.contains(name) == true)
    }
  }

  @Test(
    "A kept score with impossible numbers is named, not used",
    arguments: [
      ("\"seconds\":", "\"seconds\":1e300,\"was\":"),
      ("\"answers\":[", "\"answers\":[-1,"), ("\"divergences\":[", "\"divergences\":[-5,"),
      ("\"correct5\":", "\"correct5\":100000,\"was\":"),
    ])
  func impossibleScore(part: String, wrong: String) throws {
    try expectRefusal(of: .cells) { $0.replacingOccurrences(of: part, with: wrong) }
  }

  @Test("A score whose packed file is lost stays in the record while the file is made again")
  func lostFile() throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let one = try experiment(
        allocators: ["two-width", "mixquant"], methods: [.nearest], seeds: [0], in: folder)
      let whole = try run(one, folder: output).result
      try FileManager.default.removeItem(at: output.appending(path: "packed"))
      var least = 2
      let again = try one(store: ResultStore(folder: output)) { event in
        guard case .evaluating = event else { return }
        least = min(least, (try? ExperimentRecord(contentsOf: output).entries.count) ?? 0)
      }
      #expect(least == 2 && again.record.entries == whole.record.entries)
    }
  }

  @Test("Images that change between two runs are not taken for the same")
  func changedImages() throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      let one = try experiment(
        allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder)
      // Two pictures of one class change places, so that names, labels and sizes stay.
      let folders = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "shapes-2").path)
      let name = try #require(folders.filter { !$0.hasPrefix(".") }.min())
      let pictures = folder.appending(path: "shapes-2/\(name)")
      let files = try FileManager.default.contentsOfDirectory(atPath: pictures.path).sorted()
      try #require(files.count > 1)
      let (a, b) = (pictures.appending(path: files[0]), pictures.appending(path: files[1]))
      let (dataA, dataB) = (try Data(contentsOf: a), try Data(contentsOf: b))
      let length = max(dataA.count, dataB.count)
      // PNG readers ignore what follows the image.
      func padded(_ data: Data) -> Data { data + Data(count: length - data.count) }
      try padded(dataA).write(to: a)
      try padded(dataB).write(to: b)
      #expect(try run(one, folder: output).fresh.count == 1)
      #expect(try run(one, folder: output).fresh.isEmpty)
      try padded(dataB).write(to: a)
      try padded(dataA).write(to: b)
      #expect(try run(one, folder: output).fresh.count == 1)
    }
  }

  @Test("A kept result that was damaged, or is of another plan, is named, not used")
  func editedResult() throws {
    try expectRefusal(of: .cells) { _ in "{" }
    try expectRefusal(of: .cells) {
      $0.replacingOccurrences(of: "\"bits\":2", with: "\"bits\":3")
    }
  }

  @Test("A kept plan that is not one of these bytes is named, not used")
  func editedPlan() throws {
    for (part, wrong) in [
      ("\"bits\":2", "\"bits\":7"), ("layer1.0.conv1", "layer9.0.conv1"),
    ] {
      try expectRefusal(of: .plans) { $0.replacingOccurrences(of: part, with: wrong) }
    }
  }

  @Test(
    "A record that describes no experiment is refused",
    arguments: [("\"random_fills\" : 2", "\"random_fills\" : -1"), ("\"nearest\"", "")])
  func faultyRecord(part: String, wrong: String) throws {
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "results")
      _ = try run(
        experiment(allocators: ["two-width"], methods: [.nearest], seeds: [0], in: folder),
        folder: output)
      let file = output.appending(path: ExperimentRecord.fileName)
      let text = try String(contentsOf: file, encoding: .utf8)
      let design = try #require(text.range(of: part))
      try Data(text.replacingCharacters(in: design, with: wrong).utf8).write(to: file)
      #expect(inputError { _ = try ExperimentResult(contentsOf: output) }?.kind == .badData)
    }
  }
}
