import Execution
import Foundation
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

/// One weight of AdaRound's equations (Nagel et al., 2020, equations 22 to 24), in Double.
private struct WeightReference {
  let floor, scale, zeroPoint, top: Double

  /// Returns the unrounded code ⌊w / s⌋ + h + z.
  private func code(_ alpha: Double) -> Double { floor + Self.h(alpha) + zeroPoint }

  static func h(_ alpha: Double) -> Double { min(max(1.2 / (1 + exp(-alpha)) - 0.1, 0), 1) }

  func soft(_ alpha: Double) -> Double {
    (min(max(code(alpha), 0), top) - zeroPoint) * scale
  }

  func isClipped(_ alpha: Double) -> Bool { code(alpha) < 0 || code(alpha) > top }

  static func regulariser(_ alpha: Double, beta: Double) -> Double {
    1 - pow(abs(2 * h(alpha) - 1), beta)
  }
}

@Suite("Learned rounding of one layer")
struct AdaRoundTests {
  private static let weight = randomTensor([6, 5, 3, 3], seed: 1)
  /// The weights rounded to 2 and 3 bits with searched ranges, which clip the largest weights.
  private static let starts = Granularity.allCases.flatMap { granularity in
    ([2, 3] as [BitWidth]).map { bitWidth in
      WeightQuantizer(granularity: granularity, symmetry: .asymmetric, range: .mse)
        .quantize(weight, bitWidth: bitWidth)
    }
  }

  @Test(
    "Soft weights begin as the float weights, clipped to the grid's range", arguments: starts)
  func begin(nearest: QuantizedTensor) {
    let soft = AdaRound(weight: Self.weight, nearest: nearest).softWeights()
    #expect(soft.shape == Self.weight.shape)
    let stretch = Self.weight.scalars.count / nearest.grids.count
    var clipped = 0
    for (index, (soft, weight)) in zip(soft.scalars, Self.weight.scalars).enumerated() {
      let (minimum, maximum) = nearest.grids[index / stretch].limits
      clipped += weight < minimum || weight > maximum ? 1 : 0
      #expect(abs(soft - min(max(weight, minimum), maximum)) < 2e-6)
    }
    #expect(clipped > 0)
  }

  @Test("Soft weights are scale · (clamp(⌊w/s⌋ + h(α) + z) − z)", arguments: starts)
  func soft(nearest: QuantizedTensor) {
    let rounding = scattered(nearest)
    let expected = zip(references(nearest), rounding.alpha).map { $0.soft(Double($1)) }
    #expect(relativeError(rounding.softWeights().scalars, expected) < 1e-6)
  }

  @Test(
    "The gradient agrees with numeric differences of loss and regulariser", arguments: starts,
    [nil, 20, 7.5, 2])
  func gradient(nearest: QuantizedTensor, temperature: Double?) {
    let lambda = 0.01
    let softGradient = randomTensor(Self.weight.shape, seed: 2).scalars
    for rounding in [AdaRound(weight: Self.weight, nearest: nearest), scattered(nearest)] {
      let found = rounding.gradient(
        softGradient: softGradient, lambda: Float(lambda), temperature: temperature)
      let regulariser = { (alpha: Double) in
        temperature.map { lambda * WeightReference.regulariser(alpha, beta: $0) } ?? 0
      }
      let expected = zip(zip(references(nearest), rounding.alpha), softGradient).map {
        let ((weight, alpha), slope) = $0
        let objective = { Double(slope) * weight.soft($0) + regulariser($0) }
        return (objective(Double(alpha) + 1e-6) - objective(Double(alpha) - 1e-6)) / 2e-6
      }
      #expect(relativeError(found.gradient, expected) < 2e-5)
      let sum = rounding.alpha.reduce(0) { $0 + regulariser(Double($1)) }
      #expect(abs(found.regulariser - sum) <= 1e-5 * sum)
    }
  }

  @Test("Only clipped weights get no gradient from the loss", arguments: starts)
  func clippedWeights(nearest: QuantizedTensor) {
    let rounding = AdaRound(weight: Self.weight, nearest: nearest)
    let ones = [Float](repeating: 1, count: Self.weight.scalars.count)
    let (_, gradient) = rounding.gradient(softGradient: ones, lambda: 0.01, temperature: nil)
    for (weight, (alpha, gradient)) in zip(references(nearest), zip(rounding.alpha, gradient)) {
      #expect((gradient == 0) == weight.isClipped(Double(alpha)))
    }
  }

  @Test("Hard rounding begins as rounding to nearest", arguments: starts)
  func beginHard(nearest: QuantizedTensor) {
    #expect(AdaRound(weight: Self.weight, nearest: nearest).hardened() == nearest)
  }

  @Test("With attraction, h begins between the weight and the other rounding", arguments: starts)
  func attracted(nearest: QuantizedTensor) {
    let other = others(nearest)
    for attraction in [0, 0.3, 1] as [Float] {
      let soft = AdaRound(
        weight: Self.weight, nearest: nearest, start: other, attraction: attraction
      )
      .softWeights().scalars
      for (index, target) in other.dequantized().scalars.enumerated() {
        let grid = nearest.grids[index / (Self.weight.scalars.count / nearest.grids.count)]
        let weight = Self.weight.scalars[index]
        // The weight, limited to one step around the other code.
        let near = min(max(weight, target - grid.scale), target + grid.scale)
        let inside = min(max(near, grid.limits.minimum), grid.limits.maximum)
        #expect(abs(soft[index] - (inside + attraction * (target - inside))) < 1e-5)
      }
    }
  }

  @Test("With an attraction of 1, hard rounding begins as the other rounding", arguments: starts)
  func attractedWholly(nearest: QuantizedTensor) {
    let other = others(nearest)
    let rounding = AdaRound(weight: Self.weight, nearest: nearest, start: other, attraction: 1)
    #expect(rounding.hardened() == other)
  }

  @Test("Hard rounding rounds exact ties up, while rounding to nearest takes the even code")
  func ties() {
    let weight = Tensor(shape: [1, 4, 1, 1], scalars: [0.25, 0.75, -0.25, -0.75])
    let grid = UniformAffine(scale: 0.5, zeroPoint: 4, bitWidth: 3)
    let nearest = QuantizedTensor(
      shape: weight.shape, codes: grid.quantize(weight.scalars), grids: [grid],
      granularity: .perTensor)
    #expect(nearest.codes == [4, 6, 4, 2])
    #expect(AdaRound(weight: weight, nearest: nearest).hardened().codes == [5, 6, 4, 3])
  }

  @Test("Hard rounding is up if α ≥ 0 and down otherwise, within the codes", arguments: starts)
  func hard(nearest: QuantizedTensor) {
    let rounding = scattered(nearest)
    let hardened = rounding.hardened()
    let expected = zip(references(nearest), rounding.alpha).map { weight, alpha in
      let code = weight.floor + weight.zeroPoint + (alpha >= 0 ? 1 : 0)
      return UInt8(min(max(code, 0), weight.top))
    }
    #expect(hardened.codes == expected)
    #expect(hardened.codes != nearest.codes)
    #expect(hardened.grids == nearest.grids && hardened.granularity == nearest.granularity)
  }

  @Test("A descent makes one step of Adam and returns the regulariser before the step")
  func descent() {
    let before = AdaRound(weight: Self.weight, nearest: Self.starts[1])
    let softGradient = randomTensor(Self.weight.shape, seed: 3).scalars
    let (regulariser, gradient) = before.gradient(
      softGradient: softGradient, lambda: 0.01, temperature: 5)
    var expected = before.alpha
    var adam = Adam(count: expected.count)
    adam.update(&expected, gradient: gradient, rate: 0.1)

    var rounding = before
    let reported = rounding.descend(
      softGradient: softGradient, lambda: 0.01, temperature: 5, rate: 0.1)
    #expect(reported == regulariser && reported > 0)
    #expect(rounding.alpha == expected)
  }

  @Test("The regulariser alone moves every soft weight to the nearest code")
  func regulariserAlone() {
    let nearest = Self.starts[3]
    var rounding = AdaRound(weight: Self.weight, nearest: nearest)
    let none = [Float](repeating: 0, count: Self.weight.scalars.count)
    for _ in 0..<200 {
      _ = rounding.descend(softGradient: none, lambda: 0.01, temperature: 2, rate: 0.05)
    }
    #expect(rounding.hardened() == nearest)
    #expect(relativeError(rounding.softWeights().scalars, nearest.dequantized().scalars) < 1e-6)
  }

  /// Returns a rounding whose codes differ from the nearest ones by up to two.
  private func others(_ nearest: QuantizedTensor) -> QuantizedTensor {
    var generator = SplitMix64(seed: 9)
    let top = nearest.bitWidth.levels - 1
    return QuantizedTensor(
      shape: nearest.shape,
      codes: nearest.codes.map {
        UInt8(min(max(Int($0) + Int(generator.uniform() * 5) - 2, 0), top))
      }, grids: nearest.grids, granularity: nearest.granularity)
  }

  /// Returns a rounding after a few large random steps, which spread α beyond both clips of h.
  private func scattered(_ nearest: QuantizedTensor) -> AdaRound {
    var rounding = AdaRound(weight: Self.weight, nearest: nearest)
    for step in 0..<3 {
      let softGradient = randomTensor(Self.weight.shape, seed: UInt64(10 + step)).scalars
      _ = rounding.descend(softGradient: softGradient, lambda: 0, temperature: nil, rate: 0.9)
    }
    return rounding
  }

  private func references(_ nearest: QuantizedTensor) -> [WeightReference] {
    let stretch = Self.weight.scalars.count / nearest.grids.count
    return Self.weight.scalars.enumerated().map { index, weight in
      let grid = nearest.grids[index / stretch]
      return WeightReference(
        floor: Double((weight / grid.scale).rounded(.down)), scale: Double(grid.scale),
        zeroPoint: Double(grid.zeroPoint), top: Double(grid.bitWidth.levels - 1))
    }
  }
}
