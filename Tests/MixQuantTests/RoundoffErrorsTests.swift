import Execution
import Foundation
import Graphs
import MixQuant
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct RoundoffErrorsTests {
  let network = tinyResNet(seed: 3)

  @Test("The three metrics agree with their formulas", arguments: [2, 5, 8] as [BitWidth])
  func formulas(bitWidth: BitWidth) {
    var weight = randomTensor([4, 3, 3, 3], seed: 1)
    weight.scalars[7] = 0
    let grids = WeightQuantizer.mixQuantPaper.grids(for: weight, bitWidth: bitWidth)
    let rounded = grids[0].dequantize(grids[0].quantize(weight.scalars))
    let differences = zip(weight.scalars, rounded).map { Double($0) - Double($1) }
    let mse = differences.reduce(0) { $0 + $1 * $1 } / 108
    let relative =
      zip(differences, weight.scalars)
      .reduce(0) { $1.1 == 0 ? $0 : $0 + abs($1.0 / Double($1.1)) } / 107
    #expect(abs(ErrorMetric.mse.errors(of: weight, on: [grids])[0] / mse - 1) < 1e-5)
    #expect(abs(ErrorMetric.rmse.errors(of: weight, on: [grids])[0] / mse.squareRoot() - 1) < 1e-5)
    #expect(abs(ErrorMetric.relative.errors(of: weight, on: [grids])[0] / relative - 1) < 1e-5)
  }

  @Test("Channels count by their number of weights", arguments: ErrorMetric.allCases)
  func perChannel(metric: ErrorMetric) {
    let weight = randomTensor([4, 3, 3, 3], seed: 2)
    let grids = WeightQuantizer.brecq.grids(for: weight, bitWidth: 3)
    let channels = (0..<4).map { channel in
      metric.errors(of: weight[rows: channel..<channel + 1], on: [[grids[channel]]])[0]
    }
    let power = metric == .rmse ? 2.0 : 1
    let mean = channels.reduce(0) { $0 + pow($1, power) } / 4
    #expect(abs(metric.errors(of: weight, on: [grids])[0] / pow(mean, 1 / power) - 1) < 1e-12)
  }

  @Test("The errors of normal weights at 6 bits have known ratios to those at 8 bits")
  func normalRatios() {
    // Expected for 10⁶ normal weights per tensor with min-max: relative 3.12, RMSE 4.05, MSE 16.4.
    let weight = randomTensor([1000, 1000, 1, 1], seed: 4)
    func ratio(_ metric: ErrorMetric) -> Double {
      let errors = ([6, 8] as [BitWidth]).map {
        metric.errors(
          of: weight, on: [WeightQuantizer.mixQuantPaper.grids(for: weight, bitWidth: $0)])[0]
      }
      return errors[0] / errors[1]
    }
    #expect(abs(ratio(.relative) - 3.12) < 0.05)
    #expect(abs(ratio(.rmse) - 4.05) < 0.05)
    #expect(abs(ratio(.mse) - 16.4) < 0.4)
  }

  @Test("An all-zero layer has no error", arguments: ErrorMetric.allCases)
  func zeroLayer(metric: ErrorMetric) {
    let zero = Tensor(zeros: [4, 2, 1, 1])
    let grids = WeightQuantizer.mixQuantPaper.grids(for: zero, bitWidth: 2)
    #expect(metric.errors(of: zero, on: [grids])[0] == 0)
  }

  @Test(
    "A table has one row per layer, the same at any number of threads",
    arguments: ErrorMetric.allCases)
  func table(metric: ErrorMetric) {
    let errors = ErrorTable.roundoff(of: network, metric: metric)
    #expect(errors.layers.map(\.name) == network.layers.map(\.name))
    #expect(
      errors == ErrorTable.roundoff(of: network, metric: metric, context: Context(threads: 3)))
    for index in errors.layers.indices {
      #expect(errors.ratio(index, 8) == 1)
      #expect(errors.ratio(index, 2) > errors.ratio(index, 6))
    }
  }

  @Test("Folding changes the errors but not the layers")
  func folding() {
    let unfolded = ErrorTable.roundoff(of: network)
    let folded = ErrorTable.roundoff(of: network.foldingBatchNorm())
    #expect(unfolded.layers == folded.layers)
    #expect(unfolded != folded)
  }
}
