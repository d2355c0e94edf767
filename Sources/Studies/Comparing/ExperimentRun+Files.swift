import Files
import Foundation
import MixQuantKit
import Quantization
import Reconstruction

/// Packed files, which are kept for the first seed.
extension ExperimentRun {
  func needsFile(_ cell: ExperimentCell) -> Bool {
    store.folder != nil && cell.seed == experiment.design.seeds[0]
  }

  /// Keeps the packed file of `cell`, and its plan; returns the file's SHA-256 if the cell needs one.
  func keep(
    _ file: Data, of cell: ExperimentCell, _ plan: BitPlan
  ) throws(InputError) -> String? {
    guard needsFile(cell) else { return nil }
    try store.keep(file, name: cell.fileName)
    try store.keep(Data(plan.json.utf8), name: cell.planName)
    return SHA256.hexDigest(of: file)
  }

  /// Returns the SHA-256 of the packed file of `cell` if it is kept; it is made again from that of a finished
  /// cell that was the same work.
  func keptFile(
    of cell: ExperimentCell, _ plan: BitPlan, key: String
  ) throws -> String? {
    guard needsFile(cell) else { return nil }
    // After `--force` the file may be of the same cell by another recipe.
    let own = earlier?.entries.first { $0.cell == cell && $0.key == key }?.file
    if let own, let file = try store.file(cell.fileName, digest: own) {
      return try keep(file, of: cell, plan)
    }
    for entry in result.record.entries where entry.key == key && entry.cell != cell {
      guard let digest = entry.file, let file = try store.file(entry.cell.fileName, digest: digest)
      else { continue }
      return try keep(packedFile(of: cell, plan, from: file), of: cell, plan)
    }
    return nil
  }

  /// Returns the packed file of `cell` from that of a cell that was the same work: the same tensors, and the
  /// rule and the recipe of its own.
  func packedFile(
    of cell: ExperimentCell, _ plan: BitPlan, from bytes: Data
  ) throws -> Data {
    let packed = try PackedModel(fileBytes: bytes, at: cell.fileName)
    return PackedModel(
      packed.network, plan: plan, of: experiment.model, transform: packed.transform,
      recipe: experiment.design.recipe(of: cell).settled(by: plan),
      calibration: experiment.images(of: cell)
    ).fileBytes
  }
}
