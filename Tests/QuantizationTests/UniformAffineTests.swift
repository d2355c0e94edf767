import Execution
import Files
import Foundation
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct UniformAffineTests {
  @Test("Rounding is half to even")
  func halfToEven() {
    let grid = UniformAffine(scale: 2, zeroPoint: 4, bitWidth: 3)
    #expect(grid.quantize([-3, -1, 1, 3, 5]) == [2, 4, 4, 6, 6])
  }

  @Test("Grids agree with the formulas computed by hand")
  func handWorked() {
    let asymmetric = UniformAffine.covering(minimum: -1, maximum: 2, bitWidth: 2)
    #expect(asymmetric == UniformAffine(scale: 1, zeroPoint: 1, bitWidth: 2))
    let symmetric = UniformAffine.covering(
      minimum: -3, maximum: 1, bitWidth: 3, symmetry: .symmetric)
    #expect(symmetric == UniformAffine(scale: 1, zeroPoint: 4, bitWidth: 3))
    #expect(symmetric.limits.minimum == -4)
    #expect(symmetric.limits.maximum == 3)
  }

  @Test("Grids by width are symmetric at 8 bits and asymmetric below")
  func byWidth() {
    for bitWidth in BitWidth.all {
      let grid = UniformAffine.covering(
        minimum: -1, maximum: 2, bitWidth: bitWidth, symmetry: .byWidth)
      let expected = UniformAffine.covering(
        minimum: -1, maximum: 2, bitWidth: bitWidth,
        symmetry: bitWidth == 8 ? .symmetric : .asymmetric)
      #expect(grid == expected)
      // Code − zero point fits a signed byte.
      #expect(-128...127 ~= -grid.zeroPoint)
      #expect(-128...127 ~= bitWidth.levels - 1 - grid.zeroPoint)
    }
  }

  @Test("The zero point itself rounds half to even")
  func zeroPointHalfToEven() {
    #expect(UniformAffine.covering(minimum: -0.5, maximum: 2.5, bitWidth: 2).zeroPoint == 0)
    #expect(UniformAffine.covering(minimum: -1.5, maximum: 1.5, bitWidth: 2).zeroPoint == 2)
  }

  @Test(
    "Zero is exact in every range, also in all-zero and constant ones",
    arguments: [
      (0, 0), (1, 1), (-1, -1), (0.5, 3), (-3, -0.5), (-1e-30, 1e-30), (-3e38, 3e38),
      (Float.nan, Float.nan), (-Float.infinity, Float.infinity),
    ] as [(Float, Float)])
  func zeroIsExact(range: (Float, Float)) {
    for symmetry in Symmetry.allCases {
      for bitWidth in BitWidth.all {
        let grid = UniformAffine.covering(
          minimum: range.0, maximum: range.1, bitWidth: bitWidth, symmetry: symmetry)
        #expect(grid.scale.isFinite && grid.scale > 0)
        #expect((0..<bitWidth.levels).contains(grid.zeroPoint))
        #expect(grid.dequantize(grid.quantize([0])) == [0])
      }
    }
  }

  @Test("Constant channels of either sign keep their value up to the last bits")
  func constants() {
    for constant: Float in [0.37, -0.37] {
      let grid = UniformAffine.covering(minimum: constant, maximum: constant, bitWidth: 2)
      let value = grid.dequantize(grid.quantize([constant]))[0]
      #expect(abs(value - constant) <= 2 * constant.ulp.magnitude)
    }
  }

  @Test(
    "Inside the range the error is at most half a scale, and codes are below levels",
    arguments: 0..<20)
  func errorBound(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let (low, high) = (Float(generator.uniform(-3..<1)), Float(generator.uniform(1..<3)))
    let values = (0..<500).map { _ in Float(generator.uniform(Double(low)..<Double(high))) }
    for symmetry in Symmetry.allCases {
      for bitWidth in BitWidth.all {
        let grid = UniformAffine.covering(
          minimum: low, maximum: high, bitWidth: bitWidth, symmetry: symmetry)
        let codes = grid.quantize(values + [low, high, -100, 100])
        #expect(codes.allSatisfy { Int($0) < bitWidth.levels })
        let rounded = grid.dequantize(grid.quantize(values + [low, high]))
        let worst = zip(values + [low, high], rounded).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= grid.scale * 0.5001, "\(symmetry) \(bitWidth) bits")
      }
    }
  }

  @Test("Fake quantization equals quantizing and dequantizing, at any number of threads")
  func fakeQuantization() {
    let tensor = randomTensor([3, 70_001], seed: 4)
    let grid = UniformAffine.covering(minimum: -2, maximum: 2.5, bitWidth: 4)
    let expected = grid.dequantize(grid.quantize(tensor.scalars))
    #expect(grid.fakeQuantized(tensor).scalars == expected)
    #expect(grid.fakeQuantized(tensor, context: Context(threads: 3)).scalars == expected)
  }

  @Test("A grid survives JSON, and invalid grids in JSON are refused")
  func coding() throws {
    let grid = UniformAffine(scale: 0.1, zeroPoint: 3, bitWidth: 5)
    let data = try JSONEncoder().encode(grid)
    #expect(try JSONDecoder().decode(UniformAffine.self, from: data) == grid)
    for text in [
      #"{"scale": 0, "zero_point": 0, "bits": 4}"#, #"{"scale": 1, "zero_point": 16, "bits": 4}"#,
      #"{"scale": 1, "zero_point": -1, "bits": 4}"#, #"{"scale": 1, "zero_point": 0, "bits": 9}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(UniformAffine.self, from: Data(text.utf8))
      }
    }
    #expect(throws: InputError.self) {
      try UniformAffine.validated(scale: .nan, zeroPoint: 0, bitWidth: 4, at: "fc")
    }
  }
}
