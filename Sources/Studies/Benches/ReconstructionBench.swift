package import Execution
import Foundation
import Graphs
import MixQuantKit
import Networks
import Quantization
import Reconstruction
import Reports
import Tensors

/// A benchmark of BRECQ's stages on a residual network with random weights and inputs.
///
/// The stages are the search for ranges, GPTQ's error feedback, the steps of every block, and the
/// passes that carry inputs from block to block.
package struct ReconstructionBench: Sendable {
  let depth: Int
  let batch: Int
  let size: Int
  let steps: Int
  /// The numbers of calibration images for which whole runs are estimated.
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

  /// Runs the benchmark.
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

  /// Returns the median seconds of a step, without the first two steps.
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

/// The result of the benchmark, as text and as JSON.
package struct ReconstructionBenchResult: Encodable, Sendable {
  package struct Unit: Encodable, Sendable {
    let name: String
    let stepSeconds: Double
    /// The time of one forward pass.
    ///
    /// Every calibration image passes once in full precision and once quantized.
    let passSecondsPerImage: Double
    /// The part of GPTQ's time that does not depend on the number of images.
    let feedbackSeconds: Double
    /// The part of GPTQ's time for each calibration image.
    let feedbackSecondsPerImage: Double
  }

  /// An estimate of the weight stage of all blocks: ranges, feedback, steps and passes.
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
  /// The seconds of the MSE search per channel for the ranges of all layers at one width.
  let rangeSeconds: Double
  let units: [Unit]
  /// The estimates of whole runs.
  fileprivate(set) var runs: [Run] = []

  /// The seconds of one step of every block.
  package var stepSeconds: Double { units.reduce(0) { $0 + $1.stepSeconds } }

  private func feedbackSeconds(images: Int) -> Double {
    units.reduce(0) { $0 + $1.feedbackSeconds + Double(images) * $1.feedbackSecondsPerImage }
  }

  /// Returns the estimate of a whole run.
  fileprivate func run(_ recipe: ReconstructionRecipe, images: Int) -> Run {
    let passes = units.reduce(0) { $0 + $1.passSecondsPerImage }
    let hasFeedback = recipe.start == .gptq
    // Every image passes twice, and the judged ones once more for each rounding that is judged.
    let judgings = (hasFeedback ? 3 : 2) * min(images, judgedImages)
    let seconds =
      rangeSeconds + (hasFeedback ? feedbackSeconds(images: images) : 0)
      + Double(recipe.weightSteps) * stepSeconds + passes * Double(2 * images + judgings)
    return Run(
      recipe: recipe.name, steps: recipe.weightSteps, images: images, seconds: seconds)
  }

  /// The result as text: a table of the blocks, then the estimate for each recipe.
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
