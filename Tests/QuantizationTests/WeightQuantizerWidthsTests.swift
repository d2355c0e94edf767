import Execution
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct WeightQuantizerWidthsTests {
  @Test(
    "The grids of all widths equal those of each width alone, at any number of threads",
    arguments: Granularity.allCases, RangeMethod.allCases)
  func allWidths(granularity: Granularity, range: RangeMethod) {
    let quantizer = WeightQuantizer(
      granularity: granularity, symmetry: .asymmetric, range: range)
    let weight = randomTensor([6, 50, 3, 3], seed: 1)
    let grids = quantizer.gridsOfAllWidths(for: weight, context: Context(threads: 3))
    #expect(grids == BitWidth.all.map { quantizer.grids(for: weight, bitWidth: $0) })
  }
}
