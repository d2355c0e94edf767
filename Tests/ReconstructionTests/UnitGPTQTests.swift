import Execution
import Graphs
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("GPTQ for the layers of a unit")
struct UnitGPTQTests {
  /// Returns random inputs in full precision, and the same with noise, as after quantized units.
  private func inputs(_ shape: Shape, seed: UInt64) -> UnitInputs {
    var exact = randomTensor(shape, seed: seed)
    var noisy = exact
    noisy.add(randomTensor(shape, seed: seed + 1))
    exact.relu()
    noisy.relu()
    return UnitInputs(
      fullPrecision: ActivationCache(exact), quantized: ActivationCache(noisy))
  }

  @Test(
    "A layer is rounded for inputs that pass through the layers already rounded",
    arguments: BlockCase.all)
  func definition(_ trial: BlockCase) {
    let (block, start) = (trial.block, nearest(trial.block, bits: 3))
    let inputs = inputs([10, 6, 7, 5], seed: 2)
    let exact = block.trace(inputs.fullPrecision[rows: 0..<10])
    var weights = block.layers.map(\.weight)
    var expected: [QuantizedTensor] = []
    for (index, layer) in block.layers.enumerated() {
      let source = block.nodes[layer.node].inputs[0]
      let rounded = block.withWeights(weights).trace(inputs.quantized[rows: 0..<10])
      var sum = ShiftSum(weight: layer.weight, geometry: layer.geometry, positionLimit: 64)
      sum.add(rounded[source], insteadOf: exact[source], context: .serial)
      let codes = GPTQ(grams: sum.grams(context: .serial)).quantize(
        layer.weight, shift: sum.shift, grids: start[index].grids)
      weights[index] = codes.dequantized()
      expected.append(codes)
    }
    #expect(UnitGPTQ(inputs, context: .serial)(block, nearest: start) == expected)
  }

  @Test("It keeps the grids and does not depend on the number of threads", arguments: BlockCase.all)
  func codes(_ trial: BlockCase) {
    let start = nearest(trial.block, bits: 3)
    let inputs = inputs([37, 6, 7, 5], seed: 2)
    let rounded = UnitGPTQ(inputs, context: .serial)(trial.block, nearest: start)
    #expect(UnitGPTQ(inputs, context: Context(threads: 3))(trial.block, nearest: start) == rounded)
    #expect(rounded.map(\.grids) == start.map(\.grids) && rounded != start)
    #expect(rounded.map(\.shape) == trial.block.layers.map(\.weight.shape))
  }

  @Test("It corrects errors of earlier units, because it aims at full-precision outputs")
  func shifted() {
    let last = lastUnit(seed: 3)
    let start = nearest(last, bits: 8)
    let inputs = inputs([400, 32, 1, 1], seed: 4)
    let rounded = UnitGPTQ(inputs, context: .serial)(last, nearest: start)
    let all = 0..<inputs.quantized.rowCount
    let targets = last.outputs(inputs.fullPrecision[rows: all], context: .serial)
    func error(_ weights: [QuantizedTensor]) -> Double {
      let unit = last.withWeights(weights.map { $0.dequantized() })
      return unit.outputs(inputs.quantized[rows: all], context: .serial)
        .squaredDistance(to: targets)
    }
    // At 8 bits, rounding costs almost nothing; the rest of the error is one that no weights can correct.
    #expect(error(rounded) < 0.9 * error(start))
  }

  @Test("Every phase is reported: some images added, or a layer rounded")
  func phases() {
    let block = BlockCase.all[0].block
    var phases: [UnitGPTQ.Phase] = []
    _ = UnitGPTQ(inputs([5, 6, 7, 5], seed: 2), imagesAtOnce: 3, context: .serial)(
      block, nearest: nearest(block, bits: 3)
    ) { phases.append($0) }
    #expect(
      phases
        == block.layers.flatMap { _ in [.inputs(images: 3), .inputs(images: 2), .rounding] })
  }
}
