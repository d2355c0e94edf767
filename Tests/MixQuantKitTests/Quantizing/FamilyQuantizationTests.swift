import KitSupport
import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

/// The small networks of `Tests/Fixtures/Networks`, opened with their configurations as a user does.
@Suite("Every family of networks can be quantized by every method")
struct FamilyQuantizationTests {
  private static let folder = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/Networks")

  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }.sorted()

  private func recipe(_ method: RoundingMethod) -> QuantizationRecipe {
    var reconstruction = ReconstructionRecipe.quick
    reconstruction.weightSteps = 3
    reconstruction.activationSteps = 2
    reconstruction.batch = 8
    return QuantizationRecipe(
      method: method, activationBits: 4, calibrationImages: 8, rangeImages: 8,
      reconstruction: reconstruction)
  }

  @Test("There are fixtures") func fixtures() { #expect(Self.names.count == 24) }

  @Test(
    "Quantized, packed and read again: the same logits to the bit, near full precision at eight bits",
    arguments: names, RoundingMethod.allCases)
  func quantize(name: String, method: RoundingMethod) throws {
    try withTemporaryFolder { folder in
      let pictures = folder.appending(path: "shapes")
      try Shapes.write(count: 10, seed: 1, to: pictures)
      let model = try CheckpointModel(
        contentsOf: Self.folder.appending(path: "\(name).safetensors"))
      let recipe = recipe(method)
      let images = try CalibrationSet(
        drawing: 8, from: try ImageSet.open(pictures), seed: 0, transform: .cifar)
      let run = QuantizationRun(
        model: model, recipe: recipe, plan: .uniform(8, network: model.network), images: images,
        transform: TransformChoice(transform: .cifar, reason: "test"), context: .serial)
      let outcome = try run(state: nil)
      #expect(outcome.reports.count >= (method == .nearest ? 0 : run.unitCount))

      let file = try SafetensorsFile(outcome.packed.encoded.encoded, place: name)
      let read = try PackedModel(file, at: name)
      let inputs = randomTensor([2, 3, 32, 32], seed: 3)
      let (before, after) = (outcome.packed.network, read.network)
      #expect(after.network.units == model.network.units)
      #expect(
        before.network.logits(inputs, activations: before.activationMap())
          == after.network.logits(inputs, activations: after.activationMap()))
      let difference = relativeError(
        after.network.logits(inputs).scalars, model.network.logits(inputs).scalars)
      #expect(difference < 0.25)
      let pixels = PixelImages.random(
        3, height: 32, width: 32, scaling: try #require(Transform.cifar.scaling), seed: 4)
      let check = try #require(
        EngineCheck(after, on: pixels, context: Context(threads: 2)), "no arithmetic")
      #expect(check.areEqual, "\(check.differences)")
    }
  }
}
