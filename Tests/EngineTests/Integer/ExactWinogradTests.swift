import CExecution
import CKernels
import Execution
import Testing

@Suite("Exact Winograd convolutions of codes")
struct ExactWinogradTests {
  private static let dots = [
    CE_DOT_PORTABLE, CE_DOT_AVX2, CE_DOT_AVX_VNNI, CE_DOT_AVX512, CE_DOT_AVX512_VNNI,
  ].filter { ce_has_dot($0) != 0 }.map(\.rawValue)

  @Test(
    "All bits agree with the plain convolution, for random shapes and widths",
    arguments: [4, 2], dots)
  func twin(tile: Int, dot: UInt32) throws {
    var generator = SplitMix64(seed: UInt64(tile) * 100 + UInt64(dot))
    var ran = 0
    for trial in 0..<40 {
      let layer = CodeLayer(random: trial, narrow: tile == 2, &generator)
      let winograd = layer.winograd(tile, dot: ce_dot(dot))
      guard layer.suits(winograd) else { continue }
      ran += 1
      let parts = 1 + generator.index(below: 5)
      #expect(layer.isExact(winograd, parts: parts), "\(layer.description)")
    }
    #expect(ran >= 25, "only \(ran) layers passed the guards")
  }

  @Test(
    "The largest codes and weights wrap around and still give the exact sum", arguments: [4, 2])
  func extremes(tile: Int) {
    for sign in [-1, 1] {
      var layer = CodeLayer(
        channels: tile == 4 ? 48 : 512, outputs: 16, height: 14, width: 7,
        largestCode: tile == 4 ? 255 : 63)
      layer.fill(code: layer.largestCode, weight: tile == 4 ? sign * 255 : sign * 14)
      let winograd = layer.winograd(tile)
      #expect(layer.suits(winograd) && layer.isExact(winograd))
    }
  }

  @Test("A sum of 2²⁵ − 1 is exact")
  func largestSum() {
    // 31 · 1,082,401 = 2²⁵ − 1.
    var layer = CodeLayer(channels: 512, outputs: 16, height: 3, width: 3, largestCode: 31)
    layer.fill(code: 31, halfSum: 1_082_401)
    layer.integerBias = -(1 << 25)
    let winograd = layer.winograd(4)
    #expect(layer.suits(winograd))
    #expect(layer.isExact(winograd))
    // The middle pixel has all taps inside.
    #expect(layer.convolved(winograd).sums[4 * 16] == -1)
    // One more is 2²⁵ + 30, which the guard refuses.
    layer.fill(code: 31, halfSum: 1_082_402)
    #expect(!layer.suits(winograd))
  }

  @Test("Half sums beyond the guard are refused, and some of them do give wrong sums")
  func guardOfHalfSums() {
    // The first output of a tile of four has the largest factor, 576. That of the second tile has all taps
    // inside the map.
    var layer = CodeLayer(channels: 64, outputs: 32, height: 8, width: 8, largestCode: 255)
    let winograd = layer.winograd(4)
    layer.fill(code: 255, halfSum: 131_586)
    #expect(layer.suits(winograd) && layer.isExact(winograd))
    layer.fill(code: 255, halfSum: 131_587)
    #expect(!layer.suits(winograd))
    layer.fill(code: 255, halfSum: 133_632)
    #expect(!layer.suits(winograd) && !layer.isExact(winograd), "the bound would be loose")
  }

  @Test("One output channel that fails the guard refuses the layer")
  func guardOfChannels() {
    var layer = CodeLayer(channels: 64, outputs: 48, height: 4, width: 4, largestCode: 255)
    layer.fill(code: 9, weight: 100)
    #expect(layer.suits(layer.winograd(4)))
    layer.fill(output: 37, weight: 255)
    #expect(!layer.suits(layer.winograd(4)))
    // Negative weights count as much as positive ones.
    layer.fill(output: 37, weight: -255)
    #expect(!layer.suits(layer.winograd(4)))
  }

  @Test("Bytes are refused if transformed codes or weights do not fit")
  func guardOfBytes() {
    var layer = CodeLayer(channels: 16, outputs: 16, height: 4, width: 4, largestCode: 63)
    // Nine taps of 14 add up to 126, and of 15 to 135.
    layer.fill(code: 63, weight: 14)
    #expect(layer.suits(layer.winograd(2)))
    layer.fill(output: 3, weight: 15)
    #expect(!layer.suits(layer.winograd(2)))
    #expect(layer.suits(layer.winograd(4)))
    var wide = CodeLayer(channels: 16, outputs: 16, height: 4, width: 4, largestCode: 64)
    wide.fill(code: 64, weight: 1)
    #expect(!wide.suits(wide.winograd(2)))
  }

  @Test("Maps are cut into tiles with the fewest products")
  func products() {
    func products(_ extent: Int, _ tile: Int) -> Int {
      var winograd = CodeLayer(
        channels: 16, outputs: 16, height: extent, width: extent, largestCode: 3
      ).winograd(tile)
      return Int(ck_exact_winograd_products(&winograd))
    }
    // The tiles have 4, 4 + 3, 3 + 3, 4 + 4 + 3 + 3 and 7 · 4 outputs, and each has two more points.
    #expect(products(4, 4) == 6 * 6)
    #expect(products(7, 4) == 11 * 11)
    #expect(products(5, 4) == 10 * 10)
    #expect(products(14, 4) == 22 * 22)
    #expect(products(28, 4) == 42 * 42)
    // The tiles have 3 · 2 + 1 and 7 · 2 outputs.
    #expect(products(7, 2) == 15 * 15)
    #expect(products(14, 2) == 28 * 28)
  }
}
