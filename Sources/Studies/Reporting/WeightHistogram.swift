package import Quantization
package import Reports
package import Tensors

extension Report.WeightHistogram {
  /// Counts the weights of a layer (OC, C/groups, KH, KW) on its `grids`: one, or one per output channel.
  ///
  /// Up to a code and a half beyond either end is shown; what lies further out counts in the outermost bins.
  package init(layer: String, weight: Tensor, grids: [UniformAffine]) {
    let bits = grids[0].bitWidth.bits
    let start = -1.5
    let binsPerCode = max(1, min(16, 128 >> bits))
    var counts = [Int](repeating: 0, count: ((1 << bits) + 2) * binsPerCode)
    let stretch = weight.scalars.count / grids.count
    for (channel, grid) in grids.enumerated() {
      for value in weight.scalars[channel * stretch..<(channel + 1) * stretch] {
        let code = Double(value) / Double(grid.scale) + Double(grid.zeroPoint)
        let bin = ((code - start) * Double(binsPerCode)).rounded(.down)
        counts[Int(max(0, min(bin.isNaN ? 0 : bin, Double(counts.count - 1))))] += 1
      }
    }
    self.init(layer: layer, bits: bits, start: start, binsPerCode: binsPerCode, counts: counts)
  }
}
