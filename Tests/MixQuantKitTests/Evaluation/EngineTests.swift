import Datasets
import Execution
import Files
import Graphs
import KitSupport
import MixQuantKit
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Engines of a packed file")
struct EngineTests {
  /// The network of the quick start, with grids calibrated on its own activations.
  private func quantized(weights: BitWidth, activations: BitWidth) throws -> QuantizedNetwork {
    let model = try CheckpointModel.shapes()
    var quantized = QuantizedNetwork.quantizing(
      model.network, plan: .uniform(weights, network: model.network), quantizer: .brecq)
    let scaling = try #require(Transform.cifar.scaling)
    let pixels = PixelImages.random(8, height: 32, width: 32, scaling: scaling, seed: 1)
    quantized.activationGrids = ActivationCalibration(bitWidth: activations).grids(
      for: quantized.network, images: NetworkInput.pixels(pixels).floats)
    return quantized
  }

  @Test(
    "Integer kernels and float kernels on codes give every logit of every picture to the bit",
    arguments: [(8, 8), (4, 8), (4, 4), (2, 3)] as [(BitWidth, BitWidth)])
  func equalBits(weights: BitWidth, activations: BitWidth) throws {
    try withTemporaryFolder { folder in
      let classifier = Classifier(try quantized(weights: weights, activations: activations))
      let images = try shapes(33, seed: 5, in: folder)
      let runs = try [(InferenceEngine.integer, 1), (.integer, 2), (.float, 2)].map {
        try Evaluator(
          images: images, transform: .cifar, classes: Array(0..<10),
          context: Context(threads: $1), engine: $0)(classifier).predictions.logits
      }
      #expect(runs[0] == runs[1] && runs[0] == runs[2])
    }
  }

  @Test("A check of the engines names what differs; here nothing does")
  func check() throws {
    let network = try quantized(weights: 4, activations: 4)
    let scaling = try #require(Transform.cifar.scaling)
    let pixels = PixelImages.random(5, height: 32, width: 32, scaling: scaling, seed: 2)
    let check = try #require(EngineCheck(network, on: pixels, context: Context(threads: 2)))
    #expect(check.areEqual && check.images == 5)
    #expect(check.layers.map(\.name) == network.network.layers.map(\.name))
    #expect(check.layers.allSatisfy { $0.largestSum > 0 && $0.parts >= 1 })
  }

  @Test("Weights alone run on float kernels, and integer kernels are refused with advice")
  func weightsOnly() throws {
    var network = try quantized(weights: 4, activations: 4)
    network.activationGrids = [:]
    let classifier = Classifier(network)
    #expect(classifier.usualEngine == .float)
    #expect(classifier.engineDescription().contains("weights alone"))
    let error = inputError { try classifier.require(.integer, at: "x") }
    #expect(error?.kind == .usage && error?.remedy.contains("--activation-bits") == true)
  }
}
