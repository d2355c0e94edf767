import Datasets
import Execution
import Files
import Foundation
import KitSupport
import MixQuantKit
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Ranks compute the bytes of one process")
struct RanksTests {
  @Test("All logits, the skipped images and the best classes", arguments: [2, 3, 4])
  func evaluation(count: Int) throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointModel.shapes()
      let pictures = try shapes(150, seed: 5, in: folder)
      // One image in the middle cannot be read.
      let bad = folder.appending(path: "shapes-5").appending(path: pictures.items[70].name)
      try Data("no image".utf8).write(to: bad)
      @Sendable func results(_ ranks: Ranks) -> Result<[String], any Error> {
        Result {
          let evaluator = Evaluator(
            images: pictures, transform: .cifar, classes: Array(0..<10),
            context: Context(threads: 1, ranks: ranks), skipBadImages: true)
          let scored = try evaluator(Classifier(model.network))
          let logits = scored.predictions.logits.scalars.map { String($0.bitPattern) }
          return scored.predictions.names + logits + scored.skipped.map { "\($0)" }
        }
      }
      let one = try results(.alone).get()
      for result in withRanks(count, results) { #expect(try result.get() == one) }
    }
  }

  private static func quantized(
    _ recipe: QuantizationRecipe, _ model: CheckpointModel, _ images: CalibrationSet,
    _ ranks: Ranks
  ) throws -> QuantizedNetwork {
    let quantizer = Quantizer(
      model.network, recipe: recipe, images: images, context: Context(threads: 1, ranks: ranks))
    return try quantizer(plan: .uniform(3, network: model.network)).network
  }

  @Test(
    "Every rounding method, with activations", arguments: [RoundingMethod.nearest, .gptq, .brecq],
    [ReconstructionLossKind.mse, .fisher])
  func quantization(method: RoundingMethod, loss: ReconstructionLossKind) throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithProjections.model(in: folder)
      let images = try CalibrationSet(
        drawing: 40, from: shapes(50, seed: 6, in: folder), seed: 1, transform: .cifar)
      var recipe = QuantizationRecipe(
        method: method, activationBits: 4)
      recipe.calibrationImages = 40
      recipe.reconstruction.loss = loss
      recipe.reconstruction.weightSteps = 2
      recipe.reconstruction.activationSteps = 2
      let settled = recipe
      let one = try Self.quantized(settled, model, images, .alone)
      for count in [2, 4] {
        let results = withRanks(count) { ranks in
          Result { try Self.quantized(settled, model, images, ranks) }
        }
        for result in results {
          let network = try result.get()
          #expect(network.weights == one.weights)
          #expect(network.activationGrids == one.activationGrids)
        }
      }
    }
  }
}
