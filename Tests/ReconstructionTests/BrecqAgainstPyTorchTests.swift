import Checkpoints
import Execution
import Foundation
import Graphs
import Quantization
import Tensors
import TestSupport
import Testing

@testable import Reconstruction

/// Ten steps of reconstruction that PyTorch made (Scripts/make-brecq-fixture.py).
private struct RecordedSteps: Sendable {
  let block: Graph
  let nearest: [QuantizedTensor]
  let data: ReconstructionData
  let recipe: ReconstructionRecipe
  /// The seed from which the images of every step were drawn.
  let seed: UInt64
  private let name: String
  private let tensors: StateDict

  init(_ name: String) throws {
    let file = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/brecq_steps.safetensors")
    let tensors = try Checkpoint.read(file).stateDict
    func tensor(_ key: String) throws -> Tensor {
      try #require(tensors["\(name).\(key)"], "\(key)")
    }

    self.name = name
    self.tensors = tensors
    let isBasic = name == "basic"
    seed = isBasic ? 41 : 42
    let layers = isBasic ? ["conv1", "conv2"] : ["conv1", "conv2", "conv3"]
    let branch = try layers.map { layer in
      let isStrided = !isBasic && layer == "conv2"
      return (layer, try Self.convolution(layer, stride: isStrided ? 2 : 1, tensor))
    }
    let projection =
      isBasic ? nil : try Self.convolution("downsample", stride: 2, tensor)
    block = .residualBlock(name, branch) { graph in
      projection.map { graph.append("downsample", .convolution($0), 0) } ?? 0
    }
    nearest = try block.layers.map { try Self.nearest($0, tensor) }
    data = ReconstructionData(
      inputs: try tensor("inputs"), targets: try tensor("targets"),
      importance: try tensor("fisher"))
    recipe = Self.recipe(isBasic: isBasic)
  }

  private static func convolution(
    _ layer: String, stride: Int, _ tensor: (String) throws -> Tensor
  ) throws -> Convolution {
    let weight = try tensor("\(layer).weight")
    return Convolution(
      weight: weight, bias: try tensor("\(layer).bias").scalars,
      geometry: ConvolutionGeometry(stride: stride, padding: weight.shape[2] / 2))
  }

  /// Returns the weights of `layer` rounded to nearest on the recorded grids.
  private static func nearest(
    _ layer: Layer, _ tensor: (String) throws -> Tensor
  ) throws -> QuantizedTensor {
    let width = try #require(BitWidth(Int(tensor("\(layer.name).width").scalars[0])))
    let grids = try zip(tensor("\(layer.name).scale").scalars, tensor("\(layer.name).zero").scalars)
      .map { UniformAffine(scale: $0, zeroPoint: Int($1), bitWidth: width) }
    let fanIn = layer.weight.scalars.count / grids.count
    let codes = grids.enumerated().flatMap { row, grid in
      grid.quantize(Array(layer.weight.scalars[row * fanIn..<(row + 1) * fanIn]))
    }
    return QuantizedTensor(
      shape: layer.weight.shape, codes: codes, grids: grids, granularity: .perChannel)
  }

  private static func recipe(isBasic: Bool) -> ReconstructionRecipe {
    var recipe = ReconstructionRecipe.paper
    recipe.loss = .fisher
    recipe.batch = 6
    recipe.weightSteps = 10
    recipe.weightRate = isBasic ? 0.15 : 0.1
    recipe.decayStart = isBasic ? 1 : 0.5
    return recipe
  }

  /// Returns the values that were recorded under `key`.
  func values(_ key: String) throws -> [Float] {
    try #require(tensors["\(name).\(key)"], "\(key)").scalars
  }

  /// Returns the values that were recorded under `key` for one step, counted from 1.
  func values(_ key: String, step: Int) throws -> [Float] {
    let values = try values(key)
    let count = values.count / recipe.weightSteps
    return Array(values[(step - 1) * count..<step * count])
  }

  /// The trainer of the block; nil if the block or the processor does not suit it.
  var trainer: UnitTrainer? {
    UnitTrainer(block, inputShape: data.inputs.imageShape, batch: recipe.batch)
  }

  var temperatures: TemperatureSchedule {
    TemperatureSchedule(
      steps: recipe.weightSteps, warmUp: recipe.warmUp, first: recipe.firstTemperature,
      last: recipe.lastTemperature)
  }
}

@Suite("BRECQ against PyTorch")
struct BrecqAgainstPyTorchTests {
  /// True if this process has the kernels of `UnitTrainer`.
  private static let hasTrainer =
    (try? RecordedSteps("bottleneck").trainer) != nil

  @Test(
    "Losses, regularisers and rounding variables of every step agree with PyTorch",
    arguments: ["basic", "bottleneck"])
  func steps(_ name: String) throws {
    let recorded = try RecordedSteps(name)
    try expectSteps(recorded) { soft, batch in
      softGradients(
        of: recorded.block.withWeights(soft), data: recorded.data, batch: batch, context: .serial)
    }
  }

  @Test("The same holds for the trainer's kernels", .enabled(if: hasTrainer, "needs AVX-512"))
  func trainerSteps() throws {
    let recorded = try RecordedSteps("bottleneck")
    let (trainer, data) = (try #require(recorded.trainer), recorded.data)
    try expectSteps(recorded) { soft, batch in
      trainer.weightGradients(
        weights: soft, inputs: data.inputs, targets: data.targets, importance: data.importance,
        rows: batch, factor: 1 / Float(data.positions(images: batch.count)), context: .serial)
    }
  }

  @Test(
    "The whole loop draws the same images and ends with the codes and errors of PyTorch",
    arguments: ["basic", "bottleneck"])
  func wholeLoop(_ name: String) throws {
    let recorded = try RecordedSteps(name)
    var generator = SplitMix64(seed: recorded.seed)
    let (weights, report) = try reconstructWeights(
      of: recorded.block, from: recorded.nearest, data: recorded.data, recipe: recorded.recipe,
      generator: &generator, context: .serial
    ) { _ in }
    for (layer, weights) in zip(recorded.block.layers, weights) {
      #expect(try weights.codes.map { Float($0) } == recorded.values("\(layer.name).codes"))
    }
    let errors = [Float(report.errorBefore), Float(report.errorAfter)]
    #expect(try relativeError(errors, recorded.values("errors")) < 1e-5)
    #expect(report.isImproved)
  }

  /// Makes all steps and compares them.
  ///
  /// - Parameter gradients: Returns the gradients of the loss on a batch with respect to soft weights.
  private func expectSteps(
    _ recorded: RecordedSteps, gradients: (_ soft: [Tensor], _ batch: [Int]) -> [Tensor]
  ) throws {
    let (block, recipe) = (recorded.block, recorded.recipe)
    var roundings = zip(block.layers, recorded.nearest).map {
      AdaRound(weight: $0.weight, nearest: $1)
    }
    for step in 1...recipe.weightSteps {
      let batch = try recorded.values("batches", step: step).map { Int($0) }
      let soft = roundings.map { $0.softWeights() }
      let loss = loss(of: block.withWeights(soft), on: batch, of: recorded.data)
      #expect(try relativeError([Float(loss)], recorded.values("loss", step: step)) < 1e-5)

      let temperature = recorded.temperatures.temperature(at: step)
      #expect(try [Float(temperature ?? 0)] == recorded.values("beta", step: step))
      let rate = recipe.weightRate(at: step)
      #expect(try relativeError([rate], recorded.values("rate", step: step)) < 1e-6)
      let found = gradients(soft, batch)
      let regulariser = roundings.indices.reduce(0.0) { sum, layer in
        sum
          + roundings[layer].descend(
            softGradient: found[layer].scalars, lambda: recipe.roundingLambda,
            temperature: temperature, rate: rate)
      }
      let expected = try recorded.values("regulariser", step: step)
      #expect(relativeError([Float(regulariser)], expected) < 1e-5, "step \(step)")
      for (layer, rounding) in zip(block.layers, roundings) {
        let expected = try recorded.values("\(layer.name).steps", step: step)
        #expect(relativeError(rounding.alpha, expected) < 1e-4, "step \(step), \(layer.name)")
      }
    }
  }

  private func loss(
    of block: Graph, on batch: [Int], of data: ReconstructionData
  ) -> Double {
    let part = data.gathering(rows: batch)
    return ReconstructionLoss.squared.measure(
      output: block(part.inputs), target: part.targets, importance: part.importance,
      positions: data.positions(images: batch.count)
    ).loss
  }
}
