import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Kernel of Adam")
struct AdamKernelTests {
  /// Kingma and Ba's algorithm 1 in Double, with ε added where torch adds it.
  private struct AdamReference {
    let rate = 0.01
    let beta1 = 0.9
    let beta2 = 0.999
    let epsilon = 1e-8
    var step = 0.0
    var first: [Double]
    var second: [Double]
    var parameters: [Double]

    mutating func update(_ gradient: [Double]) {
      step += 1
      for index in parameters.indices {
        first[index] = beta1 * first[index] + (1 - beta1) * gradient[index]
        second[index] = beta2 * second[index] + (1 - beta2) * gradient[index] * gradient[index]
        let corrected = first[index] / (1 - pow(beta1, step))
        let deviation = (second[index] / (1 - pow(beta2, step))).squareRoot()
        parameters[index] -= rate * corrected / (deviation + epsilon)
      }
    }
  }

  @Test("Ten steps agree with the algorithm in Double", arguments: [1, 1e-3, 1e3] as [Float])
  func tenSteps(magnitude: Float) {
    let count = 101
    var parameters = randomTensor([count], seed: 1).scalars
    var first = [Float](repeating: 0, count: count)
    var second = first
    var reference = AdamReference(
      first: first.map(Double.init), second: second.map(Double.init),
      parameters: parameters.map(Double.init))
    for step in 1...10 {
      let gradient = randomTensor([count], seed: UInt64(step)).scalars.map { $0 * magnitude }
      ck_adam(
        count, Int32(step), 0.01, 0.9, 0.999, 1e-8, gradient, &first, &second, &parameters)
      reference.update(gradient.map(Double.init))
      #expect(relativeError(parameters, reference.parameters) < 2e-6)
    }
    #expect(relativeError(first, reference.first) < 1e-5)
    #expect(relativeError(second, reference.second) < 1e-4)
  }

  @Test("A parameter without gradient does not change")
  func noGradient() {
    var parameter: [Float] = [0.7]
    var first: [Float] = [0]
    var second: [Float] = [0]
    ck_adam(1, 1, 0.01, 0.9, 0.999, 1e-8, [0], &first, &second, &parameter)
    #expect(parameter == [0.7])
  }
}
