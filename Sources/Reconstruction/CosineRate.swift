internal import Foundation

/// The rate at `step` of `steps`, counted from 1, falling from `initial` towards `floor` · `initial` along
/// half a cosine that begins after the part `start` of the steps.
package func cosineRate(
  _ initial: Float, step: Int, of steps: Int, after start: Double = 0, to floor: Double = 0
) -> Float {
  let progress = Double(step - 1) / Double(steps)
  guard progress > start else { return initial }
  let descent = 0.5 * (1 - cos(.pi * (progress - start) / (1 - start)))
  return initial * Float(1 - (1 - floor) * descent)
}
