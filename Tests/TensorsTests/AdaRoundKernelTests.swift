import CKernels
import Execution
import Foundation
import TestSupport
import Testing

/// AdaRound's formulas in Double (Nagel et al., ICML 2020, equations 22 to 24).
private enum AdaRoundReference {
  static func rectifiedSigmoid(_ alpha: Double) -> Double {
    min(max(1.2 / (1 + exp(-alpha)) - 0.1, 0), 1)
  }

  /// Returns a softly rounded weight.
  static func softWeight(
    floor: Double, alpha: Double, scale: Double, zeroPoint: Double, levels: Double
  ) -> Double {
    let code = floor + rectifiedSigmoid(alpha) + zeroPoint
    return (min(max(code, 0), levels - 1) - zeroPoint) * scale
  }

  static func regulariser(_ alpha: Double, beta: Double) -> Double {
    1 - pow(abs(2 * rectifiedSigmoid(alpha) - 1), beta)
  }
}

@Suite("Kernels of soft rounding")
struct AdaRoundKernelTests {
  private let rows = 3
  private let columns = 101
  private let scale: [Float] = [0.5, 0.03, 2]
  private let zeroPoint: [Float] = [4, 0, 7]
  private let levels: Int32 = 8
  private let floor: [Float]
  private let alpha: [Float]
  private let softGradient: [Float]

  init() {
    var generator = SplitMix64(seed: 3)
    floor = (0..<303).map { _ in Float(generator.index(below: 14) - 8) }
    alpha = (0..<303).map { _ in Float(generator.uniform(-4..<4)) }
    softGradient = (0..<303).map { _ in Float(generator.normal()) }
  }

  @Test("The rectified sigmoid is accurate to six decimals and stays in 0...1")
  func rectifiedSigmoid() {
    let alpha = (-4000...4000).map { Float($0) / 100 } + [-1000, 1000]
    let count = alpha.count
    var soft = [Float](repeating: .nan, count: count)
    ck_soft_weights(1, Int32(count), [Float](repeating: 0, count: count), alpha, [1], [0], 4, &soft)
    for (value, alpha) in zip(soft, alpha) {
      #expect(abs(Double(value) - AdaRoundReference.rectifiedSigmoid(Double(alpha))) < 2e-7)
      #expect((0...1).contains(value))
    }
  }

  @Test("Soft weights are scale · (clamp(⌊w/s⌋ + h(α) + z) − z), row by row")
  func softWeights() {
    var soft = [Float](repeating: .nan, count: alpha.count)
    ck_soft_weights(
      Int32(rows), Int32(columns), floor, alpha, scale, zeroPoint, levels, &soft)
    #expect(relativeError(soft, alpha.indices.map { expectedSoft($0) }) < 1e-6)
  }

  @Test("Without a regulariser, α's gradient is the chain rule through the soft weights")
  func lossGradient() {
    var gradient = [Float](repeating: .nan, count: alpha.count)
    let regulariser = ck_alpha_gradient(
      Int32(rows), Int32(columns), floor, alpha, scale, zeroPoint, levels, 0, 20, softGradient,
      &gradient)
    #expect(regulariser == 0)
    let expected = numericGradient { Double(softGradient[$0]) * expectedSoft($0, alpha: $1) }
    #expect(relativeError(smooth(gradient), smooth(expected)) < 1e-5)
  }

  @Test("The regulariser and its gradient", arguments: [2, 3.7, 8, 20] as [Float])
  func regulariser(beta: Float) {
    let lambda: Float = 0.01
    let none = [Float](repeating: 0, count: alpha.count)
    var gradient = [Float](repeating: .nan, count: alpha.count)
    let value = ck_alpha_gradient(
      Int32(rows), Int32(columns), floor, alpha, scale, zeroPoint, levels, lambda, beta, none,
      &gradient)
    let term = { (alpha: Double) in
      Double(lambda) * AdaRoundReference.regulariser(alpha, beta: Double(beta))
    }
    let expected = alpha.reduce(0.0) { $0 + term(Double($1)) }
    #expect(abs(value - expected) < 2e-6 * expected)
    #expect(relativeError(gradient, numericGradient { term($1) }) < 2e-5)
  }

  @Test("The gradients of the loss and the regulariser add up")
  func sum() {
    func gradient(lambda: Float, _ softGradient: [Float]) -> [Float] {
      var gradient = [Float](repeating: .nan, count: alpha.count)
      _ = ck_alpha_gradient(
        Int32(rows), Int32(columns), floor, alpha, scale, zeroPoint, levels, lambda, 5,
        softGradient, &gradient)
      return gradient
    }
    let none = [Float](repeating: 0, count: alpha.count)
    let parts = zip(gradient(lambda: 0, softGradient), gradient(lambda: 0.1, none)).map { $0 + $1 }
    #expect(relativeError(gradient(lambda: 0.1, softGradient), parts) < 1e-6)
  }

  private func expectedSoft(_ index: Int, alpha: Double? = nil) -> Double {
    let row = index / columns
    return AdaRoundReference.softWeight(
      floor: Double(floor[index]), alpha: alpha ?? Double(self.alpha[index]),
      scale: Double(scale[row]), zeroPoint: Double(zeroPoint[row]), levels: Double(levels))
  }

  private func numericGradient(_ value: (Int, Double) -> Double) -> [Double] {
    let step = 1e-6
    return alpha.enumerated().map { index, alpha in
      (value(index, Double(alpha) + step) - value(index, Double(alpha) - step)) / (2 * step)
    }
  }

  /// Returns the entries whose code is not exactly at an end of the range; the clamp has a kink there.
  private func smooth<T>(_ entries: [T]) -> [T] {
    entries.indices.filter { index in
      let row = index / columns
      let h = AdaRoundReference.rectifiedSigmoid(Double(alpha[index]))
      let code = Double(floor[index] + zeroPoint[row]) + h
      return code != 0 && code != Double(levels - 1)
    }.map { entries[$0] }
  }
}
