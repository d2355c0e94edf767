import Files
import Graphs
package import MixQuantKit
import Quantization

/// What an earlier run left in the folder, which somebody may have edited: every value is checked.
extension Experiment {
  /// The score of `cell`, where it and its plan are kept; throws `badData` where one cannot be used.
  func keptScore(
    of cell: ExperimentCell, identity: WorkIdentity, imageCount: Int, store: ResultStore
  ) throws(InputError) -> (key: String, score: CellScore)? {
    let (_, plan) = try keptPlan(of: cell, identity: identity, store: store)
    guard let plan else { return nil }
    let key = identity.scoreKey(plan, recipe: design.recipe(of: cell), images: images(of: cell))
    return try keptScore(key, of: plan, imageCount: imageCount, store: store).map { (key, $0) }
  }

  /// The score under `key`, of `plan` on `imageCount` images; throws `badData` for any other.
  func keptScore(
    _ key: String, of plan: BitPlan, imageCount: Int, store: ResultStore
  ) throws(InputError) -> CellScore? {
    guard let score: CellScore = try store.value(.cells, key) else { return nil }
    try score.requireImages(imageCount, at: key)
    try score.requirePlan(plan, at: key)
    return score
  }

  /// The key of the plan of `cell`, and the plan where it is kept; throws `badData` for one that could not
  /// have been made.
  func keptPlan(
    of cell: ExperimentCell, identity: WorkIdentity, store: ResultStore
  ) throws(InputError) -> (key: String, plan: BitPlan?) {
    let bytes = budget(of: cell)
    let key = identity.planKey(cell, bytes: bytes, images: images(of: cell), design: design)
    let kept: BitPlan? = try store.value(.plans, key)
    if let kept { try require(kept, within: bytes, at: key) }
    return (key, kept)
  }

  private func require(
    _ plan: BitPlan, within bytes: Int, at key: String
  ) throws(InputError) {
    guard plan.layers == model.network.weightLayers,
      self.bytes(plan) <= bytes
    else {
      throw InputError(
        .badData, "cannot read a kept plan", at: "plans/\(key).json",
        because: "it is not one of at most \(bytes) bytes for \(model.network.name)",
        try: "remove the file; its work will be done again")
    }
  }
}
