package import Execution
import Foundation
import Graphs
import MixQuantKit
import Networks
import Quantization
import Reconstruction
import Reports
import Tensors

/// Times the stages of BRECQ on a residual network of random weights and inputs: the ranges, error
/// feedback, one step of every block, and the passes that carry inputs from block to block.
package struct ReconstructionBench: Sendable {
  let depth: Int
  let batch: Int
  let size: Int
  let steps: Int
  /// The numbers of calibration images to tell whole runs of.
  let imageCounts: [Int]
  let seed: UInt64
  let context: Context

  package init(
    depth: Int, batch: Int, size: Int, steps: Int, imageCounts: [Int], seed: UInt64,
    context: Context
  ) {
    self.depth = depth
    self.batch = batch
    self.size = size
    self.steps = steps
    self.imageCounts = imageCounts
    self.seed = seed
    self.context = context
  }

  package func callAsFunction() throws -> ReconstructionBenchResult {
    var generator = SplitMix64(seed: seed)
    let network = randomResNet(depth: depth, generator: &generator)
    let clock = ContinuousClock()
    var rangeSeconds = 0.0
    var units: [ReconstructionBenchResult.Unit] = []
    var shape: Shape = [2 * batch, 64, (size + 3) / 4, (size + 3) / 4]
    for unit in network.units.dropFirst() where network[unit].sites.count > 1 {
      let block = network[unit]
      var start: [QuantizedTensor] = []
      rangeSeconds +=
        clock.measure {
          start = block.layers.map {
            WeightQuantizer.brecq.quantize($0.weight, bitWidth: 4, context: context)
          }
        }.seconds
      let inputs = Tensor(
        shape: shape, scalars: (0..<shape.count).map { _ in Float(generator.uniform()) })
      var targets = inputs
      let passSeconds = clock.measure { targets = block.outputs(inputs, context: context) }.seconds
      let data = ReconstructionData(inputs: inputs, targets: targets)
      let feedback = UnitCost.Duration(
        gptqOf: block, inputs: data.inputs, nearest: start, context: context)
      units.append(
        ReconstructionBenchResult.Unit(
          name: unit.name, stepSeconds: try stepSeconds(block, start, data, &generator),
          passSecondsPerImage: passSeconds / Double(2 * batch),
          feedbackSeconds: feedback.once, feedbackSecondsPerImage: feedback.perImage))
      shape = targets.shape
    }
    var result = ReconstructionBenchResult(
      depth: depth, batch: batch, size: size, threads: context.threads, rangeSeconds: rangeSeconds,
      units: units)
    result.runs = [ReconstructionRecipe.quick, .standard, .paper].flatMap { recipe in
      imageCounts.map { result.run(recipe, images: $0) }
    }
    return result
  }

  /// The median of all steps but the first two.
  private func stepSeconds(
    _ block: Graph, _ start: [QuantizedTensor], _ data: ReconstructionData,
    _ generator: inout SplitMix64
  ) throws -> Double {
    let clock = ContinuousClock()
    var recipe = ReconstructionRecipe.standard
    recipe.batch = batch
    recipe.weightSteps = steps + 2
    var ticks: [ContinuousClock.Instant] = []
    _ = try reconstructWeights(
      of: block, from: start, data: data, recipe: recipe, generator: &generator, context: context
    ) { _ in ticks.append(clock.now) }
    let seconds = zip(ticks.dropFirst(), ticks.dropFirst(2)).map { ($1 - $0).seconds }.sorted()
    return seconds[seconds.count / 2]
  }
}

/// The results of the bench, for people and as JSON.
package struct ReconstructionBenchResult: Encodable, Sendable {
  package struct Unit: Encodable, Sendable {
    let name: String
    let stepSeconds: Double
    /// One forward pass, which every calibration image goes through in full precision and quantized.
    let passSecondsPerImage: Double
    /// The time of GPTQ: a fixed part, and a part per calibration image.
    let feedbackSeconds: Double
    let feedbackSecondsPerImage: Double
  }

  /// The weight stage of all blocks: ranges, feedback, steps and passes.
  package struct Run: Encodable, Sendable {
    let recipe: String
    let steps: Int
    let images: Int
    let seconds: Double
  }

  let depth: Int
  let batch: Int
  let size: Int
  let threads: Int
  /// The seconds of all layers at one width, with the MSE search per channel.
  let rangeSeconds: Double
  let units: [Unit]
  /// The times of whole runs.
  fileprivate(set) var runs: [Run] = []

  /// One step of every block.
  package var stepSeconds: Double { units.reduce(0) { $0 + $1.stepSeconds } }

  private func feedbackSeconds(images: Int) -> Double {
    units.reduce(0) { $0 + $1.feedbackSeconds + Double(images) * $1.feedbackSecondsPerImage }
  }

  /// Returns the foreseen time of a whole run.
  fileprivate func run(_ recipe: ReconstructionRecipe, images: Int) -> Run {
    let passes = units.reduce(0) { $0 + $1.passSecondsPerImage }
    let hasFeedback = recipe.start == .gptq
    // Every image passes twice; the judged ones once more for each rounding that is judged.
    let judgings = (hasFeedback ? 3 : 2) * min(images, judgedImages)
    let seconds =
      rangeSeconds + (hasFeedback ? feedbackSeconds(images: images) : 0)
      + Double(recipe.weightSteps) * stepSeconds + passes * Double(2 * images + judgings)
    return Run(
      recipe: recipe.name, steps: recipe.weightSteps, images: images, seconds: seconds)
  }

  /// The blocks as a table, then what the recipes come to.
  package var text: String {
    let table = Table(
      units,
      [
        .words("block") { $0.name }, .number("step ms", "%.1f") { 1e3 * $0.stepSeconds },
        .number("pass ms/image", "%.2f") { 1e3 * $0.passSecondsPerImage },
        .number("feedback s", "%.2f") { $0.feedbackSeconds },
        .number("and ms/image", "%.2f") { 1e3 * $0.feedbackSecondsPerImage },
      ])
    let lines = runs.map { run in
      String(
        format: "%@ (%d steps) on %d images: %.1f min", run.recipe, run.steps, run.images,
        run.seconds / 60)
    }
    let summary = String(
      format: "ResNet-%d, batch %d, %d×%d, %d threads: %.3f s for a step of every block, "
        + "ranges %.1f s", depth, batch, size, size, threads,
      stepSeconds, rangeSeconds)
    return ([table.text(), "", summary] + lines).joined(separator: "\n")
  }
}
