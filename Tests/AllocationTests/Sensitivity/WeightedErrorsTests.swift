import Allocation
import Checkpoints
import Execution
import Foundation
import Graphs
import MixQuant
import Networks
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("The sensitivity-weighted error table")
struct WeightedErrorsTests {
  @Test(
    "It predicts the divergence that rounding one layer to 4 or 6 bits causes",
    arguments: LayerRounding.allCases)
  func prediction(rounding: LayerRounding) throws {
    let url = SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors")
    let network = try buildNetwork(Checkpoint.read(url).stateDict).network.foldingBatchNorm()
    let images = shapes(160)
    let reference = network.logits(images, context: Context(threads: 2))
    var recipe = SensitivityRecipe()
    recipe.rounding = rounding
    let table = weightedErrors(
      of: network, images: images, quantizer: .brecq, recipe: recipe, context: Context(threads: 2))
    #expect(table.count == 20 && table.allSatisfy { $0.count == 7 })
    var layer = 0
    network.forEachInputGram(images: images, positionLimit: recipe.positionLimit) { index, grams in
      layer += 1
      guard index % 4 == 3 || index == 0 else { return }
      let weight = network.layers[index].weight
      for bitWidth in [4, 6] as [BitWidth] {
        let nearest = WeightQuantizer.brecq.quantize(weight, bitWidth: bitWidth)
        let codes =
          rounding == .nearest
          ? nearest : GPTQ(grams: grams).quantize(weight, grids: nearest.grids)
        let logits = network.withWeight(codes.dequantized(), ofLayer: index).logits(
          images, context: Context(threads: 2))
        let divergences = Softmax.divergences(reference: reference, logits: logits)
        let mean = divergences.reduce(0, +) / Double(divergences.count)
        let ratio = table[index][bitWidth.bits - 2] / mean
        #expect(
          ratio < 2 && ratio > 0.5,
          "\(network.layers[index].name) at \(bitWidth) bits")
      }
    }
    #expect(layer == 20)
  }

  @Test("Errors fall with the bits and do not depend on the number of threads")
  func falling() {
    var recipe = SensitivityRecipe()
    recipe.samples = 1
    let images = randomTensor([12, 3, 16, 16], seed: 1)
    var names: [String] = []
    let network = tinyBottleneckResNet(seed: 2)
    let tables = [1, 3].map { count in
      weightedErrors(
        of: network, images: images, quantizer: .brecq, recipe: recipe,
        context: Context(threads: count),
        progress: { names.append($0) })
    }
    #expect(tables[0] == tables[1])
    #expect(names == [0, 1].flatMap { _ in network.layers.map(\.name) })
    for row in tables[0] {
      #expect(row.allSatisfy { $0.isFinite && $0 >= 0 })
      // Widths far apart are compared, so that chance cannot decide.
      #expect(row[6] < 0.1 * row[0])
    }
  }
}
