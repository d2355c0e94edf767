import Foundation
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct ObserversTests {
  @Test("A range includes all values and zero")
  func range() {
    var observer = MinMaxObserver()
    #expect(observer.range == 0...0)
    observer.observe(Tensor(shape: [2], scalars: [1, 3]))
    #expect(observer.range == 0...3)
    observer.observe(Tensor(shape: [2], scalars: [-2, 5]))
    #expect(observer.range == -2...5)
  }

  @Test("Merged observers of parts equal one observer of all")
  func merging() {
    let pieces = (0..<4).map { randomTensor([3, 50], seed: $0) }
    var together = HistogramObserver(range: -3...3)
    var merged = HistogramObserver(range: -3...3)
    for piece in pieces {
      together.observe(piece)
      var apart = HistogramObserver(range: -3...3)
      apart.observe(piece)
      merged.merge(apart)
    }
    #expect(merged == together)
    #expect(merged.counts.reduce(0, +) == 600)
  }

  @Test("Values are counted in 2048 equal bins, and values outside in the end bins")
  func bins() {
    var observer = HistogramObserver(range: 0...2048)
    observer.observe(Tensor(shape: [5], scalars: [-1, 0.5, 1.5, 2048, 9999]))
    #expect(observer.counts[0] == 2)
    #expect(observer.counts[1] == 1)
    #expect(observer.counts[2047] == 2)
  }

  @Test("Min-max covers the whole range, and a percentile cuts both ends")
  func percentile() {
    var observer = HistogramObserver(range: 0...2048)
    observer.observe(Tensor(shape: [1000], scalars: (0..<1000).map { Float($0) + 0.5 }))
    observer.observe(Tensor(shape: [1], scalars: [2047.5]))
    #expect(observer.grid(bitWidth: 8, method: .minMax).limits.maximum == 2048)
    #expect(observer.percentile(100) == 0...2048)
    #expect(observer.percentile(99) == 10...991)  // ten of 1001 values are cut at either end
    let grid = observer.grid(bitWidth: 8, method: .percentile(99))
    #expect(abs(grid.limits.maximum - 991) < 1)
    #expect(grid.zeroPoint == 0)
  }

  @Test(
    "The search on a histogram finds the range of the search on values, or a neighbouring one")
  func histogramSearch() {
    let normal = randomTensor([20_000], seed: 11)
    let activations = Tensor(shape: normal.shape, scalars: normal.scalars.map { max(0, $0) })
    var range = MinMaxObserver()
    range.observe(activations)
    var observer = HistogramObserver(range: range.range)
    observer.observe(activations)
    for bitWidth in [2, 3, 4] as [BitWidth] {
      let search = RangeSearch(minimum: 0, maximum: range.maximum, bitWidth: bitWidth)
      let exact = search.best { $0.error(of: activations.scalars[...], power: RangeSearch.power) }
      let found = observer.grid(bitWidth: bitWidth, method: .mse)
      #expect(abs(found.scale - exact.scale) <= 0.0101 * search.widest.scale)
    }
  }

  @Test("An observer that saw only zeros gives a usable grid")
  func zeros() {
    var observer = HistogramObserver(range: 0...0)
    observer.observe(Tensor(zeros: [10]))
    for method in [ActivationRange.minMax, .mse, .percentile(99)] {
      let grid = observer.grid(bitWidth: 4, method: method)
      #expect(grid.dequantize(grid.quantize([0])) == [0])
    }
  }

  @Test("Values that are not finite leave the range finite")
  func notFinite() {
    var observer = MinMaxObserver()
    observer.observe(Tensor(shape: [4], scalars: [1, .nan, .infinity, 2]))
    #expect(observer.range.lowerBound == 0)
    #expect(observer.range.upperBound.isFinite)
    var histogram = HistogramObserver(range: observer.range)
    histogram.observe(Tensor(shape: [2], scalars: [1, .infinity]))
    for method in [ActivationRange.minMax, .mse, .percentile(99)] {
      #expect(histogram.grid(bitWidth: 4, method: method).scale.isFinite)
    }
  }

  @Test("Range methods are written and read as text")
  func text() throws {
    for method in [ActivationRange.minMax, .mse, .percentile(99.99)] {
      #expect(ActivationRange(method.description) == method)
      let data = try JSONEncoder().encode([method])
      #expect(try JSONDecoder().decode([ActivationRange].self, from: data) == [method])
    }
    for text in ["", "max", "percentile:50", "percentile:101", "percentile:nan"] {
      #expect(ActivationRange(text) == nil)
    }
  }
}
