import MixQuant
import Quantization
import TestSupport
import Testing

@Suite struct BitWidthSearchTests {
  /// Two layers; every bit halves the error of the first, but only the last two bits that of the second.
  let errors = errorTable(rows: [
    (weights: 1000, errors: [64, 32, 16, 8, 4, 2, 1]),
    (weights: 3000, errors: [4, 4, 4, 4, 4, 2, 1]),
  ])

  @Test(
    "The smallest width within the multiple of the 8-bit error is chosen",
    arguments: [
      (1, [8, 8]), (1.99, [8, 8]), (2, [7, 7]), (3.9, [7, 7]), (4, [6, 2]), (63, [3, 2]),
      (64, [2, 2]),
    ] as [(Double, [Int])])
  func handMade(multiplier: Double, bits: [Int]) {
    let plan = BitWidthSearch.assign(errors, multiplier: multiplier)
    #expect(plan.bitWidths.map(\.bits) == bits)
  }

  @Test("An error that is not monotone still gives the smallest feasible width")
  func notMonotone() {
    let bumpy = errorTable(rows: [(weights: 10, errors: [9, 2, 9, 9, 2, 2, 1])])
    #expect(BitWidthSearch.assign(bumpy, multiplier: 2).bitWidths == [3])
  }

  @Test("Layers that are exact at 8 bits get the narrowest width at which they are exact")
  func exactLayers() {
    let exact = errorTable(rows: [
      (weights: 10, errors: [0, 0, 0, 0, 0, 0, 0]), (weights: 10, errors: [3, 2, 1, 0, 0, 0, 0]),
    ])
    #expect(BitWidthSearch.assign(exact, multiplier: 1).bitWidths == [2, 5])
    #expect(BitWidthSearch.assign(exact, multiplier: 1e9).bitWidths == [2, 5])
  }

  @Test("Pinned layers keep their width")
  func pinned() {
    let plan = BitWidthSearch.assign(errors, multiplier: 64, pinned: ["layer0": 8])
    #expect(plan.bitWidths == [8, 2])
  }

  @Test("Widths agree with brute force and fall as the multiplier rises", arguments: 0..<20)
  func bruteForce(seed: UInt64) {
    let errors = randomErrorTable(layers: 12, seed: seed)
    var before = [BitWidth](repeating: 8, count: 12)
    for multiplier in [1, 1.5, 2, 5, 20, 100, 1000] {
      let plan = BitWidthSearch.assign(errors, multiplier: multiplier)
      for (index, bitWidth) in plan.bitWidths.enumerated() {
        let feasible = BitWidth.all.filter {
          errors[index, $0] / errors[index, 8] <= multiplier
        }
        #expect(bitWidth == feasible.min())
      }
      #expect(zip(plan.bitWidths, before).allSatisfy { $0 <= $1 })
      before = plan.bitWidths
    }
  }
}
