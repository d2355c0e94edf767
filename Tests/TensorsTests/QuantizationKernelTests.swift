import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

/// Uniform affine quantization in plain Swift, as BRECQ and oneDNN define it.
private struct AffineReference {
  let scale: Float
  let zeroPoint: Int
  let levels: Int

  func code(_ value: Float) -> Int {
    let rounded = Double((value / scale).rounded(.toNearestOrEven)) + Double(zeroPoint)
    return Int(min(max(rounded, 0), Double(levels - 1)))
  }

  func fakeQuantized(_ value: Float) -> Float { Float(code(value) - zeroPoint) * scale }
}

/// Quantization near one value and scale, with the rounding residual round(x / s) − x / s and the
/// side of the clamp held constant.
///
/// The straight-through estimator differentiates this function.
private struct StraightThrough {
  private let residual: Double
  /// The end of the range if the value is clamped to it.
  private let end: Double?

  init(value: Double, scale: Double, codes: ClosedRange<Double>) {
    let rounded = (value / scale).rounded(.toNearestOrEven)
    residual = rounded - value / scale
    end = codes.contains(rounded) ? nil : rounded < 0 ? codes.lowerBound : codes.upperBound
  }

  func callAsFunction(_ value: Double, _ scale: Double) -> Double {
    scale * (end ?? value / scale + residual)
  }
}

@Suite("Kernels of uniform affine quantization")
struct QuantizationKernelTests {
  private let reference = AffineReference(scale: 0.25, zeroPoint: 5, levels: 16)
  private let values = randomTensor([1003], seed: 1).scalars.map { $0 * 1.5 }

  @Test("Codes round half to even")
  func halfToEven() {
    let halves: [Float] = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5]
    #expect(codes(halves, scale: 1, zeroPoint: 8, levels: 16) == [6, 6, 8, 8, 10, 10, 12])
  }

  @Test("Codes are clamped to the levels, however large the value is")
  func clamps() {
    let extremes: [Float] = [-1e30, -9e6, -100, 100, 9e6, 1e30, -.infinity, .infinity]
    #expect(
      codes(extremes, scale: 0.1, zeroPoint: 3, levels: 8) == [0, 0, 0, 7, 7, 7, 0, 7])
    #expect(codes(extremes, scale: 1, zeroPoint: 0, levels: 256)[5] == 255)
  }

  @Test("Codes and their values agree with the plain formula", arguments: 2...8)
  func plainFormula(bitWidth: Int) {
    let twin = AffineReference(scale: 0.037, zeroPoint: 1 << (bitWidth - 1), levels: 1 << bitWidth)
    let codes = codes(
      values, scale: twin.scale, zeroPoint: Int32(twin.zeroPoint), levels: Int32(twin.levels))
    #expect(codes.map(Int.init) == values.map(twin.code))

    var dequantized = [Float](repeating: .nan, count: codes.count)
    ck_dequantize(codes.count, codes, twin.scale, Int32(twin.zeroPoint), &dequantized)
    #expect(dequantized == values.map(twin.fakeQuantized))

    var fakeQuantized = values
    ck_fake_quantize(
      values.count, twin.scale, Int32(twin.zeroPoint), Int32(twin.levels), &fakeQuantized)
    #expect(fakeQuantized == dequantized)
  }

  @Test("Zero is exact: its code is the zero point", arguments: [0, 5, 15])
  func zero(zeroPoint: Int32) {
    #expect(
      codes([0, -0.0], scale: 0.3, zeroPoint: zeroPoint, levels: 16).allSatisfy {
        $0 == UInt8(zeroPoint)
      })
  }

  @Test("The error is the sum of |w − ŵ|^p", arguments: [2, 2.4, 1, 3.5] as [Float])
  func error(power: Float) {
    let error = ck_quantization_error(values.count, values, 0.25, 5, 16, power, .infinity)
    let expected = values.reduce(0.0) {
      $0 + pow(Double(abs($1 - reference.fakeQuantized($1))), Double(power))
    }
    #expect(abs(error - expected) < 2e-6 * expected)
  }

  @Test(
    "An error up to the limit is exact; a larger one only exceeds the limit",
    arguments: [1, 300, 5000])
  func limitedError(count: Int) {
    let values = randomTensor([count], seed: 3).scalars
    func error(limit: Double) -> Double {
      ck_quantization_error(count, values, 0.25, 5, 16, 2.4, limit)
    }
    let exact = error(limit: .infinity)
    #expect(error(limit: exact) == exact)
    for limit in [0, 0.01 * exact, 0.5 * exact, 0.999 * exact] {
      #expect(error(limit: limit) > limit)
    }
  }

  @Test(
    "Powers of errors are accurate to five digits over eight decades", arguments: [0.5, 1, 2.4, 4])
  func powers(power: Double) {
    // A scale this large rounds everything to zero, so that the error is the value itself.
    for exponent in stride(from: -6.0, through: 2.0, by: 0.01) {
      let value = Float(pow(10, exponent))
      let error = ck_quantization_error(1, [value], 1e9, 0, 4, Float(power), .infinity)
      let expected = pow(Double(value), Double(Float(power)))
      #expect(abs(error / expected - 1) < 5e-6, "\(value) to the power \(power)")
    }
    #expect(ck_quantization_error(1, [0], 1, 0, 4, Float(power), .infinity) == 0)
  }

  @Test("Minimum and maximum", arguments: [1, 2, 17, 1003])
  func minimumMaximum(count: Int) {
    var minimum: Float = .nan
    var maximum: Float = .nan
    ck_minimum_maximum(count, values, &minimum, &maximum)
    #expect(minimum == values.prefix(count).min())
    #expect(maximum == values.prefix(count).max())
  }

  @Test("A histogram adds to its counts, and counts values outside the range in the end bins")
  func histogram() {
    let values: [Float] = [-9, 0, 0.1, 0.25, 0.49, 0.5, 0.75, 0.99, 1, 42]
    var counts = [UInt64](repeating: 1, count: 4)
    ck_histogram(values.count, values, 0, 1, 4, &counts)
    #expect(counts == [4, 3, 2, 5])
    ck_histogram(3, [7, 7, 7], 7, 7, 4, &counts)
    #expect(counts.reduce(0, +) == 17)
  }

  @Test("The gradients are those of quantization with a constant rounding residual")
  func fakeQuantizeGradient() {
    let gradient = randomTensor([values.count], seed: 2)
    var valuesGradient = [Float](repeating: .nan, count: values.count)
    let scaleGradient = ck_fake_quantize_gradient(
      values.count, values, 0.25, 5, 16, gradient.scalars, &valuesGradient)

    let step = 1e-6
    var expectedScaleGradient = 0.0
    var expectedGradient: [Double] = []
    for (value, gradient) in zip(values.map(Double.init), gradient.doubles) {
      let surrogate = StraightThrough(value: value, scale: 0.25, codes: -5...10)
      let byScale = surrogate(value, 0.25 + step) - surrogate(value, 0.25 - step)
      let byValue = surrogate(value + step, 0.25) - surrogate(value - step, 0.25)
      expectedScaleGradient += gradient * byScale / (2 * step)
      expectedGradient.append(gradient * byValue / (2 * step))
    }
    #expect(relativeError(valuesGradient, expectedGradient) < 1e-6)
    let deviation = abs(scaleGradient / expectedScaleGradient - 1)
    #expect(deviation < 1e-5)
  }

  @Test("The ends of the range still pass gradients")
  func endsOfTheRange() {
    var gradient: [Float] = [0, 0, 0, 0]
    _ = ck_fake_quantize_gradient(4, [-6, -5, 10, 11], 1, 5, 16, [2, 3, 4, 5], &gradient)
    #expect(gradient == [0, 3, 4, 0])
  }

  @Test("NaN has the code 0, and fake quantization leaves it NaN")
  func notANumber() {
    let values: [Float] = [1, .nan, -1, .nan, 2, .infinity, -.infinity, 0, .nan]
    #expect(codes(values, scale: 1, zeroPoint: 1, levels: 4) == [2, 0, 0, 0, 3, 3, 0, 1, 0])
    var rounded = values
    ck_fake_quantize(values.count, 1, 1, 4, &rounded)
    #expect(zip(rounded, values).allSatisfy { $0.isNaN == $1.isNaN })
  }

  private func codes(
    _ values: [Float], scale: Float, zeroPoint: Int32, levels: Int32
  ) -> [UInt8] {
    var codes = [UInt8](repeating: 0, count: values.count)
    ck_quantize(values.count, values, scale, zeroPoint, levels, &codes)
    return codes
  }
}
