package import Datasets
package import Files
package import Foundation
import MixQuantKit
import Quantization
package import Reconstruction

/// An experiment with the scores of its finished cells: what verdicts and reports are made from.
package struct ExperimentResult: Equatable, Sendable {
  package private(set) var record: ExperimentRecord
  package private(set) var scores: [ExperimentCell: CellScore] = [:]

  /// Evaluation images that could not be read; unknown in an experiment that is read from a folder.
  package let skipped: [SkippedImage]

  package init(_ record: ExperimentRecord, skipped: [SkippedImage] = []) {
    self.record = record
    self.skipped = skipped
  }

  /// The experiment in `folder`, finished or not; throws `missingInput` or `badData`.
  package init(contentsOf folder: URL) throws(InputError) {
    self.init(try ExperimentRecord(contentsOf: folder))
    guard !record.images.isEmpty, record.labels.count == record.images.count,
      record.fullPrecision.answers.count == record.images.count
    else {
      throw InputError(
        .badKeptResult, "cannot read the experiment", at: folder.path,
        because: "it has \(record.images.count) images, \(record.labels.count) labels and "
          + "\(record.fullPrecision.answers.count) answers")
    }
    let store = try ResultStore(folder: folder)
    for entry in record.entries {
      guard let score: CellScore = try store.value(.cells, entry.key) else {
        throw InputError(
          .missingFile, "cannot read the experiment", at: folder.path,
          because: "cells/\(entry.key).json of \(entry.cell.description) is missing",
          try: "run the same `mixq compare` again")
      }
      try score.requireImages(record.images.count, at: entry.key)
      scores[entry.cell] = score
    }
  }

  /// Adds a finished cell.
  package mutating func add(_ score: CellScore, of cell: ExperimentCell, key: String) {
    record.entries.append(.init(cell: cell, key: key))
    scores[cell] = score
  }

  /// The finished cells in the order of work.
  package var finished: [(cell: ExperimentCell, score: CellScore)] {
    record.entries.compactMap { entry in scores[entry.cell].map { (entry.cell, $0) } }
  }

  /// All contestants at one method and budget, over the seeds that every one of them has finished; empty
  /// if there is no such seed.
  package func group(
    _ method: RoundingMethod, targetBits: Double
  ) -> [ContestantScores] {
    func score(_ contestant: String, _ seed: UInt64) -> CellScore? {
      scores[
        ExperimentCell(
          contestant: contestant, method: method, targetBits: targetBits, seed: seed)]
    }
    let contestants = record.design.contestants
    let seeds = record.design.seeds.filter { seed in
      contestants.allSatisfy { score($0, seed) != nil }
    }
    guard !seeds.isEmpty else { return [] }
    return contestants.map { contestant in
      ContestantScores(
        contestant: contestant, seeds: seeds,
        scores: seeds.compactMap { score(contestant, $0) },
        fullPrecision: record.fullPrecision.answers)
    }
  }
}

extension CellScore {
  /// Throws `badData` unless there is a value for each of `count` images.
  func requireImages(_ count: Int, at key: String) throws(InputError) {
    guard [divergences.count, answers.count, isCorrect.count].allSatisfy({ $0 == count }) else {
      throw unusable("it is of \(divergences.count) images, not \(count)", at: key)
    }
  }

  /// Throws `badData` unless the score is of the widths that `plan` gives.
  func requirePlan(_ plan: BitPlan, at key: String) throws(InputError) {
    guard self.plan.layers == plan.layers, self.plan.bitWidths == plan.bitWidths,
      self.plan.activations == plan.activations
    else { throw unusable("it is of another plan", at: key) }
  }

  private func unusable(_ reason: String, at key: String) -> InputError {
    InputError(
      .badKeptResult, "cannot read a kept result", at: "cells/\(key).json", because: reason,
      try: "remove the file; its work will be done again")
  }
}
