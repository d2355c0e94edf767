import MixQuantKit
import Studies
import Quantization
import Reports
import Tensors
import Testing

@Suite("Weight histograms")
struct WeightHistogramTests {
  @Test("Weights of all channels are counted at their codes, each channel by its own grid")
  func codes() {
    let grids = [
      UniformAffine(scale: 0.5, zeroPoint: 1, bitWidth: 2),
      UniformAffine(scale: 2, zeroPoint: 0, bitWidth: 2),
    ]
    // Codes 0, 1 and 3 of the first channel; 0, 1 and 3 of the second.
    let weight = Tensor(shape: [2, 3, 1, 1], scalars: [-0.5, 0, 1, 0, 2, 6])
    let histogram = Report.WeightHistogram(layer: "conv1", weight: weight, grids: grids)
    #expect(histogram.counts.reduce(0, +) == 6)
    for (code, count) in [(0, 2), (1, 2), (2, 0), (3, 2)] {
      let bin = Int((Double(code) - histogram.start) * Double(histogram.binsPerCode))
      #expect(histogram.counts[bin] == count)
    }
  }

  @Test("What is far beyond the ends counts in the outermost bins")
  func outliers() {
    let grid = UniformAffine(scale: 1, zeroPoint: 0, bitWidth: 8)
    let weight = Tensor(shape: [1, 3, 1, 1], scalars: [-1e9, 1e9, .nan])
    let histogram = Report.WeightHistogram(layer: "fc", weight: weight, grids: [grid])
    #expect(histogram.counts.first == 2 && histogram.counts.last == 1)
  }
}
