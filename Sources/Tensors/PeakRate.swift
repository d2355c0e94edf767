internal import CExecution
internal import CKernels
package import Execution

/// The best rates of the processor, in operations per second divided by 10⁹, for benchmarks.
///
/// All threads compute at once, and the fastest of several runs counts.
package enum PeakRate {
  /// Returns the rate of products of 768×768 matrices by the BLAS, one per thread.
  package static func matrixProducts(runs: Int, context: Context) -> Double {
    let side = 768
    let matrix = Tensor(shape: [side, side], scalars: [Float](repeating: 0.5, count: side * side))
    return rate(2 * Double(side * side * side), repeats: 8, runs: runs, context: context) {
      _ = matrix.multiplied(by: matrix)
    }
  }

  /// Returns the rate of byte dot products in registers, one chain per thread.
  ///
  /// It is zero if the processor lacks the instructions.
  package static func dotProducts(runs: Int, context: Context) -> Double {
    let dot = ce_dot_in_use()
    return rate(2 * Double(ck_dot_peak(dot)), repeats: 256, runs: runs, context: context) {
      _ = ck_dot_peak(dot)
    }
  }

  /// - Parameter operations: The number of operations of one call of `work`.
  private static func rate(
    _ operations: Double, repeats: Int, runs: Int, context: Context, _ work: @Sendable () -> Void
  ) -> Double {
    let seconds = (0..<runs).map { _ in
      timed {
        context.forEach(context.threads) { _, _ in
          for _ in 0..<repeats { work() }
        }
      }.seconds
    }
    return 1e-9 * operations * Double(repeats * context.threads) / (seconds.min() ?? 1)
  }
}
