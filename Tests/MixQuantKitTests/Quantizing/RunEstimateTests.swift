import Execution
import KitSupport
import Datasets
import Execution
@testable import MixQuantKit
import Quantization
import Reconstruction
import TestSupport
import Testing

@testable import MixQuantKit

@Suite("Estimate of a run")
struct RunEstimateTests {
  private func estimate(
    _ sketch: CheckpointSketch = .tinyWithProjections, images count: Int = 40,
    _ change: (inout QuantizationRecipe) -> Void = { _ in }
  ) throws -> RunEstimate? {
    try withTemporaryFolder { folder in
      let model = try sketch.model(in: folder)
      var recipe = QuantizationRecipe(calibrationImages: count)
      recipe.reconstruction.weightSteps = 200
      recipe.reconstruction.activationSteps = 200
      recipe.reconstruction.batch = 8
      change(&recipe)
      let images = try CalibrationSet(
        drawing: count, from: shapes(40, seed: 1, in: folder), seed: 0, transform: .cifar)
      return try Quantizer(
        model.network, recipe: recipe, images: images, context: Context(threads: 2)
      )
      .estimate()
    }
  }

  @Test("Rounding to nearest reconstructs nothing, so there is no estimate")
  func nearest() throws {
    #expect(try estimate { $0.method = .nearest } == nil)
  }

  @Test("A hundred times the steps take much longer; the probe does not")
  func steps() throws {
    let short = try #require(try estimate())
    let long = try #require(try estimate { $0.reconstruction.weightSteps = 20_000 })
    #expect(short.seconds > 0 && short.probeSeconds > 0)
    #expect(long.seconds > 10 * short.seconds)
    #expect(long.probeSeconds < 0.2 * long.seconds)
  }

  @Test("Fisher's loss, activations and every kind of shortcut can be estimated")
  func stages() throws {
    for sketch in [
      CheckpointSketch.tinyWithProjections, .tinyWithSubsampling, .tinyBottlenecks,
    ] {
      let cost = try #require(
        try estimate(sketch) {
          $0.reconstruction.loss = .fisher
          $0.activationBits = 4
        })
      #expect(cost.seconds > 0 && cost.bytes > 0)
    }
  }

  @Test("More images take more memory, except if caches lie in files")
  func images() throws {
    // The test sets the probe's results, because other tests use memory of the same process.
    var costs = ReconstructionCosts(
      recipe: QuantizationRecipe(), weightCount: 1000, residentBefore: 50_000)
    costs.units = [(400, 900, 7000), (900, 100, 6000)].map { inputs, outputs, bytes in
      var cost = UnitCost(inputs: inputs, outputs: outputs, pass: .init())
      cost.bytes = bytes
      return cost
    }
    let base = 50_000 + 6 * 1000 + 7000
    #expect(costs.bytes(images: 100, inFiles: false) == base + 100 * 1300 * 4)
    #expect(costs.bytes(images: 200, inFiles: false) == base + 200 * 1300 * 4)
    for images in [100, 200] {
      #expect(costs.bytes(images: images, inFiles: true) == base + 32 * 900 * 4)
    }
    let cost = try #require(try estimate())
    #expect(cost.bytes >= cost.leastBytes && cost.leastBytes > 0)
  }

  @Test("GPTQ without a step, and learning without it, can be estimated")
  func starts() throws {
    let closedForm = try #require(try estimate { $0.method = .gptq })
    let learning = try #require(try estimate { $0.reconstruction.start = .nearest })
    for cost in [closedForm, learning] { #expect(cost.seconds > 0 && cost.bytes > 0) }
  }

  @Test("The time of GPTQ includes a fixed part and a part per image")
  func startCost() {
    var costs = ReconstructionCosts(
      recipe: QuantizationRecipe(), weightCount: 1000, residentBefore: 0)
    costs.units = [UnitCost(inputs: 1, outputs: 1, pass: .init())]
    let without = costs.seconds(images: 100)
    costs.units[0].start = UnitCost.Duration(once: 2, perImage: 0.4)
    #expect(abs(costs.seconds(images: 100) - without - 42) < 1e-9)
  }

  @Test("A recipe without a step costs its passes alone")
  func noSteps() throws {
    let cost = try #require(try estimate { $0.reconstruction.weightSteps = 0 })
    #expect(cost.seconds > 0)
  }
}
