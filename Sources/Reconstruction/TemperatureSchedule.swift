/// The exponent β of the rounding regulariser by step.
///
/// It falls linearly after a warm-up, as in the reference's code (a comment there says cosine).
package struct TemperatureSchedule: Sendable {
  private let steps: Int
  private let warmUpSteps: Double
  private let first, last: Double

  package init(steps: Int, warmUp: Double, first: Double, last: Double) {
    self.steps = steps
    warmUpSteps = Double(steps) * warmUp
    self.first = first
    self.last = last
  }

  /// Returns the exponent β of 1 − |2h − 1|^β at `step`, counted from 1; nil during the warm-up.
  package func temperature(at step: Int) -> Double? {
    guard Double(step) >= warmUpSteps else { return nil }
    let progress = (Double(step) - warmUpSteps) / (Double(steps) - warmUpSteps)
    return last + (first - last) * max(0, 1 - progress)
  }
}
