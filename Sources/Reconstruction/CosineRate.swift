internal import Foundation

/// Returns the learning rate at a step, which falls along half a cosine.
///
/// - Parameters:
///   - initial: The rate at the beginning.
///   - step: The step, counted from 1.
///   - steps: The number of all steps.
///   - start: The fraction of steps before the rate begins to fall.
///   - floor: The fraction of `initial` that the rate approaches at the end.
package func cosineRate(
  _ initial: Float, step: Int, of steps: Int, after start: Double = 0, to floor: Double = 0
) -> Float {
  let progress = Double(step - 1) / Double(steps)
  guard progress > start else { return initial }
  let descent = 0.5 * (1 - cos(.pi * (progress - start) / (1 - start)))
  return initial * Float(1 - (1 - floor) * descent)
}
