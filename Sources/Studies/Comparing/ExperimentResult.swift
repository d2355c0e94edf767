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
    let store = try ResultStore(folder: folder)
    for entry in record.entries {
      guard let score: CellScore = try store.value(.cells, entry.key) else {
        throw InputError(
          .missingFile, "cannot read the experiment", at: folder.path,
          because: "cells/\(entry.key).json of \(entry.cell.description) is missing",
          try: "run the same `mixq compare` again")
      }
      try score.requireSound(labels: record.labels, at: entry.key)
      scores[entry.cell] = score
    }
  }

  /// Adds a finished cell, or replaces its score.
  ///
  /// - Parameter file: The SHA-256 of the packed file, if it is kept.
  package mutating func add(
    _ score: CellScore, of cell: ExperimentCell, key: String, file: String? = nil
  ) {
    let entry = ExperimentRecord.Entry(cell: cell, key: key, file: file)
    if let index = record.entries.firstIndex(where: { $0.cell == cell }) {
      record.entries[index] = entry
    } else {
      record.entries.append(entry)
    }
    scores[cell] = score
  }

  /// Returns the SHA-256 of the packed file of `cell`, if it is kept.
  func file(of cell: ExperimentCell) -> String? {
    record.entries.first { $0.cell == cell }?.file
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
  /// Throws `badData` unless the numbers can be those of a score on images with `labels`.
  func requireSound(labels: [Int], at key: String) throws(InputError) {
    for count in [divergences.count, answers.count, isCorrect.count] where count != labels.count {
      throw unusable("it has values for \(count) images, not \(labels.count)", at: key)
    }
    // Rounding can make a divergence of nothing slightly negative.
    guard divergences.allSatisfy({ $0.isFinite && $0 > -1e-6 }) else {
      throw unusable("a divergence is negative or not finite", at: key)
    }
    guard zip(answers, labels).map({ $0 == $1 }) == isCorrect else {
      throw unusable("its right answers do not match its answers", at: key)
    }
    guard (0...1e9).contains(seconds), (0...32).contains(averageFreeBits), bytes > 0 else {
      throw unusable("its time, its bits or its bytes are out of range", at: key)
    }
    let correct = isCorrect.count { $0 }
    guard (correct...labels.count).contains(correct5 ?? correct) else {
      throw unusable(
        "\(correct5 ?? 0) of \(labels.count) images cannot be right among five", at: key)
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
