package import MixQuant
package import Quantization
import Synchronization
package import Tensors

/// A planner for each of several sets of calibration images: a table is measured when the first plan on
/// those images asks for it, and then kept.
package final class CalibratedPlanners: Sendable {
  private let planner: Planner
  private let workers: Workers
  private let measured = Mutex<[String: Planner]>([:])

  /// - Parameter planner: has the tables that all sets of images share.
  package init(_ planner: Planner, workers: Workers) {
    self.planner = planner
    self.workers = workers
  }

  /// The plan of `allocator` within `budget`, decided on `images` where it needs any.
  ///
  /// Plans are made one after another. Throws where images cannot be read, and `usage` where the budget is too small.
  package func callAsFunction(
    _ allocator: Allocator, budget: BitBudget, seed: UInt64 = 0, images: CalibrationSet,
    progress: (Allocator.Table, Double) -> Void = { _, _ in }
  ) throws -> BitWidthAssignment {
    guard allocator.table.needsImages else {
      return try planner(allocator, budget: budget, seed: seed)
    }
    return try measured.withLock { measured in
      let known = measured[images.digest] ?? planner
      let planner = try known.measuring(
        [allocator.table], on: images, workers: workers, progress: progress)
      measured[images.digest] = planner
      return try planner(allocator, budget: budget, seed: seed)
    }
  }
}
