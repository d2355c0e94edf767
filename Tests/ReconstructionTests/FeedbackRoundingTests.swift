import Execution
import Networks
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Error feedback, layer after layer of a unit")
struct FeedbackRoundingTests {
  /// Inputs in full precision, and behind units that were quantized.
  private func inputs(_ shape: Shape, seed: UInt64) -> BlockInputs {
    var exact = randomTensor(shape, seed: seed)
    var noisy = exact
    noisy.add(randomTensor(shape, seed: seed + 1))
    exact.relu()
    noisy.relu()
    return BlockInputs(
      fullPrecision: ActivationCache(exact), quantized: ActivationCache(noisy))
  }

  @Test("A layer's input is what the branch before it gives", arguments: BlockCase.all)
  func layerInputs(_ trial: BlockCase) {
    let input = blockData(trial.block, images: 3, seed: 1).all.inputs
    let trace = trial.block.trace(input)
    let expected = [input] + trace.mapped
    for index in trial.block.layers.indices {
      let found = trial.block.input(ofLayer: index, for: input, workers: Workers(2))
      #expect(found == (index < trial.block.branch.count ? expected[index] : input))
    }
  }

  @Test("It keeps the grids, and is the same at any number of workers", arguments: BlockCase.all)
  func codes(_ trial: BlockCase) {
    let start = nearest(trial.block, bits: 3)
    let inputs = inputs([37, 6, 7, 5], seed: 2)
    let rounded = FeedbackRounding(inputs, workers: .one)(trial.block, nearest: start)
    #expect(FeedbackRounding(inputs, workers: Workers(3))(trial.block, nearest: start) == rounded)
    #expect(rounded.map(\.grids) == start.map(\.grids) && rounded != start)
    #expect(rounded.map(\.shape) == trial.block.layers.map(\.weight.shape))
  }

  @Test("Aiming at full-precision outputs, it makes up for errors of the units before")
  func shifted() {
    let head = HeadUnit(tinyResNet(seed: 3).head)
    let start = nearest(head, bits: 8)
    let inputs = inputs([400, 32, 1, 1], seed: 4)
    let rounded = FeedbackRounding(inputs, workers: .one)(head, nearest: start)
    let all = 0..<inputs.quantized.rowCount
    let targets = head.outputs(inputs.fullPrecision[rows: all], workers: .one)
    func error(_ weights: [QuantizedTensor]) -> Double {
      let unit = head.withWeights(weights.map { $0.dequantized() })
      let outputs = unit.outputs(inputs.quantized[rows: all], workers: .one)
      return zip(outputs.doubles, targets.doubles).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    // At 8 bits rounding costs nothing: what is left is what no weights can bring back.
    #expect(error(rounded) < 0.9 * error(start))
  }

  @Test("It tells when inputs of a layer have been looked at, and when it is rounded")
  func phases() {
    let block = BlockCase.all[0].block
    var phases: [FeedbackRounding.Phase] = []
    _ = FeedbackRounding(inputs([5, 6, 7, 5], seed: 2), imagesAtOnce: 3, workers: .one)(
      block, nearest: nearest(block, bits: 3)
    ) { phases.append($0) }
    #expect(
      phases
        == block.layers.flatMap { _ in [.inputs(images: 3), .inputs(images: 2), .rounding] })
  }
}
