import Foundation
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Adam")
struct AdamTests {
  @Test("Ten steps agree with torch.optim.Adam's formula", arguments: [1, 1e-4, 1e4] as [Float])
  func formula(magnitude: Float) {
    let count = 33
    let rate: Float = 0.02
    var parameters = randomTensor([count], seed: 1).scalars
    var adam = Adam(count: count)
    var expected = parameters.map(Double.init)
    var mean = [Double](repeating: 0, count: count)
    var square = mean
    for step in 1...10 {
      let gradient = randomTensor([count], seed: UInt64(step) + 1).scalars.map { $0 * magnitude }
      adam.update(&parameters, gradient: gradient, rate: rate)
      for (index, gradient) in gradient.map(Double.init).enumerated() {
        mean[index] += 0.1 * (gradient - mean[index])
        square[index] = 0.999 * square[index] + 0.001 * gradient * gradient
        let deviation = square[index].squareRoot() / (1 - pow(0.999, Double(step))).squareRoot()
        expected[index] -=
          Double(rate) / (1 - pow(0.9, Double(step))) * mean[index] / (deviation + 1e-8)
      }
      #expect(relativeError(parameters, expected) < 2e-6)
    }
  }

  /// The numbers are those of PyTorch.
  ///
  ///     p = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
  ///     optimizer = torch.optim.Adam([p], lr=0.01)
  ///     for step in range(1, 11):
  ///         p.grad = torch.tensor([0.3, -2.0 + 0.5 * step, 1e-3 * (-1) ** step])
  ///         optimizer.step()
  ///         if step in (1, 5, 10): print([f"{float(x):.9g}" for x in p])
  @Test("Ten steps give PyTorch's numbers")
  func torch() {
    let expected: [Int: [Float]] = [
      1: [0.49000001, -0.99000001, 2.00999999], 5: [0.450000048, -0.959474504, 2.01434922],
      10: [0.400000095, -0.978287518, 2.01545334],
    ]
    var parameters: [Float] = [0.5, -1, 2]
    var adam = Adam(count: 3)
    for step in 1...10 {
      let gradient: [Float] = [0.3, -2 + 0.5 * Float(step), step % 2 == 0 ? 1e-3 : -1e-3]
      adam.update(&parameters, gradient: gradient, rate: 0.01)
      guard let expected = expected[step] else { continue }
      #expect(relativeError(parameters, expected) < 3e-7)
    }
  }

  @Test("The first step has the size of the rate, or zero without a gradient")
  func firstStep() {
    var parameters: [Float] = [1, 1, 1]
    var adam = Adam(count: 3)
    adam.update(&parameters, gradient: [1e-3, -1e3, 0], rate: 0.25)
    #expect(abs(parameters[0] - 0.75) < 1e-5)
    #expect(abs(parameters[1] - 1.25) < 1e-5)
    #expect(parameters[2] == 1)
  }
}
