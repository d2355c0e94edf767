import KitSupport
import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import Allocation
import MixQuant
import MixQuantKit
import Studies
import Quantization
import Reconstruction
import TestSupport
import Testing

@Suite("Accuracy target")
struct AccuracyTargetTests {
  private func target(
    _ drop: Double, in folder: URL, confident: Bool = false, timeBudget: Double? = nil,
    allocator: Allocator = .twoWidth, method: RoundingMethod = .nearest,
    candidates: [BitWidth] = BitWidth.all
  ) throws -> AccuracyTarget {
    let model = try CheckpointModel.shapes()
    var recipe = QuantizationRecipe(method: method, calibrationImages: 20)
    recipe.reconstruction.weightSteps = 2
    let evaluator = Evaluator(
      images: try pictures(60, seed: 2, in: folder), transform: .cifar,
      classes: Shapes.classNames.indices.sorted { Shapes.classNames[$0] < Shapes.classNames[$1] },
      context: Context(threads: 2))
    let images = try CalibrationSet(
      drawing: 20, from: try pictures(30, seed: 1, in: folder), seed: 0, transform: .cifar)
    return AccuracyTarget(
      model: model, recipe: recipe,
      planner: Planner(model, candidates: candidates, context: Context(threads: 2)),
      allocator: allocator,
      images: images, evaluator: evaluator,
      limit: DropLimit(points: drop, isConfident: confident), timeBudget: timeBudget,
      output: folder.appending(path: "q.safetensors"), context: Context(threads: 2))
  }

  private func pictures(_ count: Int, seed: UInt64, in folder: URL) throws -> ImageSet {
    let present = folder.appending(path: "shapes-\(seed)")
    return FileManager.default.fileExists(atPath: present.path)
      ? try ImageSet.open(present) : try shapes(count, seed: seed, in: folder)
  }

  private func exists(_ name: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }

  @Test("The file is the smallest one tried within the limit, and says which images chose it")
  func found() throws {
    try withTemporaryFolder { folder in
      let target = try target(5, in: folder)
      var (tries, began) = (0, 0)
      let result = try target { event in
        if case .planned(let forecast) = event { tries = forecast.trials }
        if case .began = event { began += 1 }
      }
      let best = try #require(result.best)
      #expect(result.failure == nil && result.trialsLeft == 0)
      #expect(result.trials.count == began && began <= tries)
      #expect(best.row.bytes == result.trials.filter(\.kept).map(\.bytes).min())
      #expect(result.trials.allSatisfy { $0.kept == ($0.drop <= 5) })
      #expect(result.trials.allSatisfy { $0.kept || $0.bytes < best.row.bytes })

      let url = folder.appending(path: "q.safetensors")
      guard case .packed(let packed) = try Model(contentsOf: url) else {
        Issue.record("no packed file")
        return
      }
      #expect(packed.payloadBytes == best.row.bytes)
      #expect(packed.provenance.selection == result.selection)
      #expect(result.selection.images == 60)
      #expect(result.selection.note.contains("no longer a test set"))
      #expect(exists("q.safetensors.search", in: folder))
      SearchRecord.remove(beside: url)
      #expect(!exists("q.safetensors.search", in: folder))
    }
  }

  @Test("Scoring a file states if the same images chose it")
  func selectionLines() throws {
    try withTemporaryFolder { folder in
      _ = try target(100, in: folder, allocator: .uniform)()
      let url = folder.appending(path: "q.safetensors")
      func introduction(_ data: String) throws -> String {
        try EvaluationSubject(
          model: Model(contentsOf: url), url: url, data: folder.appending(path: data),
          flags: TransformFlags(), skipBadImages: false, context: .serial
        ).introduction.joined(separator: "\n")
      }
      #expect(try introduction("shapes-2").contains("on these same 60 images"))
      #expect(try introduction("shapes-1").contains("by its top-1 on 60 images"))
    }
  }

  @Test("If no plan is within the limit, there is no file, and the reason has the numbers")
  func nothing() throws {
    try withTemporaryFolder { folder in
      let result = try target(0, in: folder, confident: true)()
      #expect(result.best == nil && result.trials.allSatisfy { !$0.kept })
      #expect(result.failure?.contains("within 0.00 points: at 8.00 bits") == true)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
          == ["q.safetensors.search", "shapes-1", "shapes-2"])
    }
  }

  @Test("A time budget too small for one trial is reported, and a rerun with more time resumes")
  func noTime() throws {
    try withTemporaryFolder { folder in
      let result = try target(5, in: folder, timeBudget: 1e-6)()
      #expect(result.trials.isEmpty && result.trialsLeft > 0 && result.best == nil)
      #expect(
        result.failure?.contains("no plan was tried: no trial fits into --time-budget") == true)
      #expect(exists("q.safetensors.search", in: folder))
    }
  }

  /// Copies the record of a search that is running.
  private func keepRecord(in folder: URL) {
    let kept = folder.appending(path: "kept")
    try? FileManager.default.removeItem(at: kept)
    try? FileManager.default.copyItem(
      at: folder.appending(path: "q.safetensors.search"), to: kept)
  }

  /// Restores the copy, as if the search had been interrupted at that point.
  private func restoreRecord(in folder: URL) throws {
    let record = folder.appending(path: "q.safetensors.search")
    try? FileManager.default.removeItem(at: record)
    try FileManager.default.copyItem(at: folder.appending(path: "kept"), to: record)
  }

  @Test("A search that was interrupted resumes, repeats nothing and ends with the same result")
  func resuming() throws {
    let whole = try withTemporaryFolder { folder in
      _ = try target(5, in: folder)()
      return try Data(contentsOf: folder.appending(path: "q.safetensors"))
    }
    try withTemporaryFolder { folder in
      var fresh = 0
      let target = try target(5, in: folder, timeBudget: nil)
      let first = try target { event in
        guard case .finished = event else { return }
        fresh += 1
        if fresh == 3 { keepRecord(in: folder) }
      }
      try restoreRecord(in: folder)
      var again: [Bool] = []
      let second = try target { event in
        if case .finished(_, _, let isKept, _) = event { again.append(isKept) }
      }
      #expect(again.prefix(3) == [true, true, true] && !again.dropFirst(3).contains(true))
      #expect(second.trials.map(\.bits) == first.trials.map(\.bits))
      #expect(try Data(contentsOf: folder.appending(path: "q.safetensors")) == whole)
    }
  }

  @Test("The best of an interrupted search is made again if its file is gone")
  func lostFile() throws {
    try withTemporaryFolder { folder in
      let target = try target(5, in: folder)
      _ = try target { event in
        if case .finished = event { keepRecord(in: folder) }
      }
      let url = folder.appending(path: "q.safetensors")
      let file = try Data(contentsOf: url)
      try FileManager.default.removeItem(at: url)
      try restoreRecord(in: folder)
      _ = try target()
      #expect(try Data(contentsOf: url) == file)
    }
  }

  @Test("A record with another limit does not belong to this search")
  func otherLimit() throws {
    try withTemporaryFolder { folder in
      _ = try target(5, in: folder, timeBudget: 1e-6)()
      #expect(inputError { _ = try target(4, in: folder)() }?.kind == .cannotWrite)
    }
  }

  @Test("With reconstruction, the time and memory of a trial are estimated beforehand")
  func reconstruction() throws {
    try withTemporaryFolder { folder in
      let target = try target(
        100, in: folder, allocator: .mixQuantWeighted, method: .brecq, candidates: [2, 3])
      var estimate: RunEstimate?
      let result = try target { event in
        if case .planned(let forecast) = event { estimate = forecast.estimate }
      }
      let trial = try #require(estimate)
      #expect(trial.seconds > 0 && result.estimatedBytes == trial.bytes)
      #expect(result.best?.row.averageBits ?? 9 < 2.2 && result.best?.units.count == 10)
    }
  }
}
