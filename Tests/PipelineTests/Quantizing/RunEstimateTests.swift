import Datasets
@testable import Pipeline
import Quantization
import Reconstruction
import TestSupport
import Tensors
import Testing

@Suite("Estimate of a run")
struct RunEstimateTests {
  private func estimate(
    _ sketch: CheckpointSketch = .tinyWithProjections, images count: Int = 40,
    _ change: (inout QuantizationRecipe) -> Void = { _ in }
  ) throws -> RunEstimate? {
    try withFolder { folder in
      let model = try sketch.model(in: folder)
      var recipe = QuantizationRecipe(calibrationImages: count)
      recipe.reconstruction.weightSteps = 200
      recipe.reconstruction.activationSteps = 200
      recipe.reconstruction.batch = 8
      change(&recipe)
      let images = try CalibrationSet(
        drawing: count, from: shapes(40, seed: 1, in: folder), seed: 0, transform: .cifar)
      return try Quantizer(model.network, recipe: recipe, images: images, workers: Workers(2))
        .estimate()
    }
  }

  @Test("Rounding to nearest reconstructs nothing, so there is none")
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
      let told = try #require(
        try estimate(sketch) {
          $0.reconstruction.loss = .fisher
          $0.activationBits = 4
        })
      #expect(told.seconds > 0 && told.bytes > 0)
    }
  }

  @Test("More images take more memory, except where caches lie in files")
  func images() throws {
    let sketch = CheckpointSketch.cifar(8, channels: 16)
    let few = try #require(try estimate(sketch, images: 10))
    let many = try #require(try estimate(sketch, images: 40))
    // 30 images more of 16 maps of 32×32 pixels, at a block's entrance and exit
    let difference = 30 * 2 * 16 * 32 * 32 * 4
    #expect(many.bytes - many.leastBytes - (few.bytes - few.leastBytes) > difference / 4)
    #expect(few.bytes >= few.leastBytes)
  }

  @Test("Error feedback without a step, and learning without it, can be estimated")
  func starts() throws {
    let feedback = try #require(try estimate { $0.method = .cholesky })
    let learning = try #require(try estimate { $0.reconstruction.start = .nearest })
    for told in [feedback, learning] { #expect(told.seconds > 0 && told.bytes > 0) }
  }

  @Test("Error feedback is counted once and for every image, in proportion to its operations")
  func feedbackCost() {
    let start = UnitCost.Duration(seconds: 6, images: 10) { 100 + 20 * Double($0) }
    #expect(start.once == 2 && start.perImage == 0.4)
    var costs = ReconstructionCosts(
      recipe: QuantizationRecipe(), weightCount: 1000, residentBefore: 0)
    costs.units = [UnitCost(inputs: 1, outputs: 1, pass: .init())]
    let without = costs.seconds(images: 100)
    costs.units[0].start = start
    #expect(abs(costs.seconds(images: 100) - without - 42) < 1e-9)
  }

  @Test("A recipe without a step costs its passes alone")
  func noSteps() throws {
    let told = try #require(try estimate { $0.reconstruction.weightSteps = 0 })
    #expect(told.seconds > 0)
  }
}
