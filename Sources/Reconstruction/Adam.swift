internal import CKernels
internal import Foundation

/// Adam (Kingma and Ba, ICLR 2015) with torch's defaults for everything but the rate.
package struct Adam: Sendable {
  private var firstMoment: [Float]
  private var secondMoment: [Float]
  private var step = 0

  package init(count: Int) {
    firstMoment = [Float](repeating: 0, count: count)
    secondMoment = firstMoment
  }

  package mutating func update(_ parameters: inout [Float], gradient: [Float], rate: Float) {
    precondition(parameters.count == firstMoment.count && gradient.count == parameters.count)
    step += 1
    ck_adam(
      parameters.count, Int32(step), rate, 0.9, 0.999, 1e-8, gradient, &firstMoment,
      &secondMoment, &parameters)
  }
}

/// The rate at `step` of `steps`, counted from 1, falling from `initial` towards 0 along half a cosine.
package func cosineRate(_ initial: Float, step: Int, of steps: Int) -> Float {
  initial * Float(0.5 * (1 + cos(.pi * Double(step - 1) / Double(steps))))
}
