import Execution
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("GPTQ")
struct GPTQTests {
  @Test(
    "Codes agree with the published algorithm, which uses the inverse",
    arguments: [5, 40, 300])
  func reference(size: Int) {
    let gram = correlatedGram(size, count: 2 * size, seed: 1)
    let weight = randomTensor([6, size, 1, 1], seed: 2)
    let grids = WeightQuantizer.brecq.grids(for: weight, bitWidth: 3)
    let rounded = GPTQ(grams: [gram]).quantize(weight, grids: grids)

    let order = descendingDiagonal(gram)
    let (products, weights) = (gram.doubles, weight.doubles)
    var damped = order.flatMap { row in order.map { products[row * size + $0] } }
    let mean = (0..<size).reduce(0.0) { $0 + damped[$1 * (size + 1)] } / Double(size)
    for index in 0..<size { damped[index * (size + 1)] += 0.01 * mean }
    let reference = ReferenceErrorFeedback(damped: damped, size: size)
    for (row, grid) in grids.enumerated() {
      let codes = reference.codes(
        order.map { weights[row * size + $0] }, scale: Double(grid.scale),
        zeroPoint: grid.zeroPoint, levels: 8)
      #expect(order.map { Int(rounded.codes[row * size + $0]) } == codes)
    }
  }

  @Test(
    "On correlated inputs its error is below that of rounding to nearest",
    arguments: [2, 3, 4, 6, 8],
    [1, 2, 3] as [UInt64])
  func lessError(bits: Int, seed: UInt64) throws {
    let bitWidth = try #require(BitWidth(bits))
    let gram = correlatedGram(64, count: 128, seed: 10 * seed)
    let weight = randomTensor([16, 64, 1, 1], seed: 10 * seed + 5)
    let nearest = WeightQuantizer.brecq.quantize(weight, bitWidth: bitWidth)
    let rounded = GPTQ(grams: [gram]).quantize(weight, grids: nearest.grids)
    #expect(rounded.grids == nearest.grids && rounded.granularity == .perChannel)
    #expect(rounded.codes.allSatisfy { Int($0) < bitWidth.levels })
    let (error, nearestError) = (
      sum(weight.outputErrors(of: rounded.dequantized(), grams: [gram])),
      sum(weight.outputErrors(of: nearest.dequantized(), grams: [gram]))
    )
    #expect(error < 0.5 * nearestError)
  }

  @Test(
    "On uncorrelated or all-zero inputs, it rounds to nearest", arguments: [0, 1] as [Float])
  func diagonal(factor: Float) {
    var diagonal = Tensor(zeros: [20, 20])
    for index in 0..<20 { diagonal.scalars[index * 21] = factor * Float(1 + index) }
    let weight = randomTensor([7, 20, 1, 1], seed: 3)
    let nearest = WeightQuantizer.brecq.quantize(weight, bitWidth: 3)
    #expect(
      GPTQ(grams: [diagonal]).quantize(weight, grids: nearest.grids) == nearest)
  }

  @Test("With a shift, it rounds the corrected weights")
  func shift() {
    let size = 40
    let gram = correlatedGram(size, count: 2 * size, seed: 11)
    let weight = randomTensor([6, size, 1, 1], seed: 12)
    let change = randomTensor([6, size], seed: 13)
    var moved = weight
    for index in moved.scalars.indices { moved.scalars[index] += 0.2 * change.scalars[index] }
    // The shift that solving with the damped matrix turns into this change.
    var damped = gram
    let mean = (0..<size).reduce(0) { $0 + gram.scalars[$1 * (size + 1)] } / Float(size)
    for index in 0..<size { damped.scalars[index * (size + 1)] += 0.01 * mean }
    let shift = change.multiplied(by: damped).scalars.map { 0.2 * $0 }

    let grids = WeightQuantizer.brecq.grids(for: moved, bitWidth: 6)
    let rounding = GPTQ(grams: [gram])
    func error(_ rounded: QuantizedTensor) -> Double {
      sum(moved.outputErrors(of: rounded.dequantized(), grams: [gram]))
    }
    let found = rounding.quantize(
      weight, shift: Tensor(shape: weight.shape, scalars: shift), grids: grids)
    #expect(error(found) < 1.2 * error(rounding.quantize(moved, grids: grids)))
    #expect(error(found) < 0.1 * error(rounding.quantize(weight, grids: grids)))
  }

  @Test("Each group is rounded with its own matrix, also if all share one grid")
  func groups() {
    let grams = [1, 5].map { correlatedGram(18, count: 40, seed: $0) }
    let weight = randomTensor([6, 2, 3, 3], seed: 4)
    let quantizer = WeightQuantizer(
      granularity: .perTensor, symmetry: .symmetric, range: .minMax)
    let grids = quantizer.grids(for: weight, bitWidth: 4)
    let rounded = GPTQ(grams: grams).quantize(weight, grids: grids)
    #expect(rounded.granularity == .perTensor)
    for group in 0..<2 {
      let rows = group * 3..<(group + 1) * 3
      let alone = GPTQ(grams: [grams[group]]).quantize(weight[rows: rows], grids: grids)
      #expect(alone.codes[...] == rounded.codes[rows.lowerBound * 18..<rows.upperBound * 18])
    }
    let apart = (0..<2).flatMap { group in
      let rows = group * 3..<(group + 1) * 3
      return weight[rows: rows].outputErrors(
        of: rounded.dequantized()[rows: rows], grams: [grams[group]])
    }
    #expect(weight.outputErrors(of: rounded.dequantized(), grams: grams) == apart)
  }

  @Test("It does not depend on the number of threads")
  func context() {
    let gram = correlatedGram(150, count: 40, seed: 6)
    let weight = randomTensor([70, 150, 1, 1], seed: 7)
    let grids = WeightQuantizer.brecq.grids(for: weight, bitWidth: 2)
    let results = [1, 3].map {
      GPTQ(grams: [gram], context: Context(threads: $0))
        .quantize(weight, grids: grids, context: Context(threads: $0))
    }
    #expect(results[0] == results[1])
  }

  @Test("Damping makes matrices of low rank usable")
  func lowRank() {
    let weight = randomTensor([4, 90, 1, 1], seed: 8)
    let nearest = WeightQuantizer.brecq.quantize(weight, bitWidth: 3)
    for count in [1, 2, 10] {
      let gram = correlatedGram(90, count: count, seed: 9)
      let rounded = GPTQ(grams: [gram]).quantize(weight, grids: nearest.grids)
      #expect(
        sum(weight.outputErrors(of: rounded.dequantized(), grams: [gram]))
          < 0.2 * sum(weight.outputErrors(of: nearest.dequantized(), grams: [gram])))
    }
  }

  private func descendingDiagonal(_ gram: Tensor) -> [Int] {
    let size = gram.shape[0]
    return (0..<size).sorted { gram.scalars[$0 * (size + 1)] > gram.scalars[$1 * (size + 1)] }
  }

  private func sum(_ errors: [Double]) -> Double { errors.reduce(0, +) }
}
