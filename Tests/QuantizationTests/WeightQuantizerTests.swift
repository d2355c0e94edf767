import Execution
import Foundation
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct WeightQuantizerTests {
  static let all = Granularity.allCases.flatMap { granularity in
    Symmetry.allCases.flatMap { symmetry in
      RangeMethod.allCases.map {
        WeightQuantizer(granularity: granularity, symmetry: symmetry, range: $0)
      }
    }
  }

  @Test(
    "Grids per channel equal those of each channel alone",
    arguments: all.filter { $0.granularity == .perChannel })
  func channelByChannel(quantizer: WeightQuantizer) {
    let weight = randomTensor([6, 4, 3, 3], seed: 3)
    let whole = quantizer.quantize(weight, bitWidth: 3)
    for channel in 0..<6 {
      let alone = quantizer.quantize(weight[rows: channel..<channel + 1], bitWidth: 3)
      #expect(alone.grids == [whole.grids[channel]])
      #expect(alone.codes == Array(whole.codes[channel * 36..<(channel + 1) * 36]))
    }
  }

  @Test("Codes do not depend on the number of threads", arguments: all)
  func context(quantizer: WeightQuantizer) {
    let weight = randomTensor([7, 5, 3, 3], seed: 5)
    #expect(
      quantizer.quantize(weight, bitWidth: 2)
        == quantizer.quantize(weight, bitWidth: 2, context: Context(threads: 4)))
  }

  @Test("Codes are the nearest ones on their grid", arguments: all)
  func nearest(quantizer: WeightQuantizer) {
    let weight = randomTensor([3, 4, 3, 3], seed: 6)
    let tensor = quantizer.quantize(weight, bitWidth: 3)
    let stretch = weight.scalars.count / tensor.grids.count
    for (index, value) in weight.scalars.enumerated() {
      let grid = tensor.grids[index / stretch]
      let distances = grid.dequantize([0, 1, 2, 3, 4, 5, 6, 7]).map { abs($0 - value) }
      let chosen = distances[Int(tensor.codes[index])]
      #expect(chosen <= (distances.min() ?? 0) + 1e-6)
    }
  }

  @Test("Channels that are zero, constant or of one sign give finite values", arguments: all)
  func oddChannels(quantizer: WeightQuantizer) {
    var weight = randomTensor([4, 2, 2, 2], seed: 7)
    weight.scalars.replaceSubrange(0..<8, with: [Float](repeating: 0, count: 8))
    weight.scalars.replaceSubrange(8..<16, with: [Float](repeating: 0.3, count: 8))
    for index in 16..<24 { weight.scalars[index] = -abs(weight.scalars[index]) - 1 }
    for bitWidth in BitWidth.all {
      let values = quantizer.quantize(weight, bitWidth: bitWidth).dequantized().scalars
      #expect(values.allSatisfy { $0.isFinite })
      #expect(values[0..<8].allSatisfy { $0 == 0 })
    }
  }

  @Test("The settings survive JSON", arguments: all)
  func coding(quantizer: WeightQuantizer) throws {
    let data = try JSONEncoder().encode(quantizer)
    #expect(try JSONDecoder().decode(WeightQuantizer.self, from: data) == quantizer)
  }
}
