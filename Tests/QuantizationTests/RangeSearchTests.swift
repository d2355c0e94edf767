import Foundation
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct RangeSearchTests {
  @Test(
    "The best range is never worse than the widest by the metric of the search", arguments: 0..<10)
  func neverWorse(seed: UInt64) {
    let weights = randomTensor([500], seed: seed).scalars
    let (minimum, maximum) = weights[...].minimumAndMaximum()
    for bitWidth in BitWidth.all {
      let search = RangeSearch(minimum: minimum, maximum: maximum, bitWidth: bitWidth)
      let error = { @Sendable (grid: UniformAffine) in
        grid.error(of: weights[...], power: RangeSearch.power)
      }
      #expect(error(search.best(error: error)) <= error(search.widest))
    }
  }

  @Test("The choice agrees with a plain loop over 80 ranges", arguments: [2, 4] as [BitWidth])
  func plainLoop(bitWidth: BitWidth) {
    let weights = randomTensor([300], seed: 8).scalars
    let (minimum, maximum) = (weights.min() ?? 0, weights.max() ?? 0)
    var best: (error: Double, grid: UniformAffine)?
    for index in 0..<80 {
      let shrink = Float(1 - 0.01 * Double(index))
      let grid = UniformAffine.covering(
        minimum: minimum * shrink, maximum: maximum * shrink, bitWidth: bitWidth)
      let error = zip(weights, grid.dequantize(grid.quantize(weights)))
        .reduce(0) { $0 + pow(abs(Double($1.0) - Double($1.1)), 2.4) }
      if best.map({ error < $0.error }) ?? true { best = (error, grid) }
    }
    let search = RangeSearch(minimum: minimum, maximum: maximum, bitWidth: bitWidth)
    let found = search.best { $0.error(of: weights[...], power: RangeSearch.power) }
    #expect(found == best?.grid)
  }

  @Test("The widest of equally good ranges is chosen")
  func ties() {
    let search = RangeSearch(minimum: -1, maximum: 1, bitWidth: 4)
    #expect(search.best { _ in 1 } == search.widest)
  }

  @Test("At 2 bits the outliers of normal weights are cut off")
  func outliers() {
    let weight = randomTensor([1, 4096, 1, 1], seed: 9)
    let grid = WeightQuantizer.brecq.grids(for: weight, bitWidth: 2)[0]
    let widest = weight.scalars[...].minimumAndMaximum()
    #expect(grid.limits.maximum - grid.limits.minimum < 0.8 * (widest.maximum - widest.minimum))
  }
}
