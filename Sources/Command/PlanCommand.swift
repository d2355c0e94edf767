import ArgumentParser
import Checkpoints
import Foundation
import Pipeline
import Quantization
import Tensors

/// MixQuant: a bit-width for every layer.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Assigns each layer's weights a bit-width from roundoff error (MixQuant).")

  @Argument(help: "A checkpoint (.pth, .pt, .th, .safetensors).")
  var model: Path

  @Option(help: "Allow each layer this multiple of its own error at 8 bits; 2 if nothing is asked.")
  var errorMultiplier: Double?

  @Option(help: "Mean bits a weight over the layers that the plan may change, 2 to 8.")
  var targetBits: Double?

  @Option(help: "Bytes of codes, scales, zero points and biases.")
  var targetSize: Int?

  @Option(help: "Write the plan as JSON; edit it and feed it back with quantize --plan.")
  var output: Path?

  @Flag(help: "Overwrite outputs that exist.")
  var force = false

  @OptionGroup var measure: MeasureArguments
  @OptionGroup var weights: WeightArguments
  @OptionGroup var checkpoint: CheckpointArguments
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard [errorMultiplier != nil, targetBits != nil, targetSize != nil].count(where: { $0 }) <= 1
    else {
      throw ValidationError("Give one of --error-multiplier, --target-bits and --target-size.")
    }
    if let errorMultiplier, !(errorMultiplier >= 1 && errorMultiplier.isFinite) {
      throw ValidationError("--error-multiplier \(errorMultiplier) is not at least 1.")
    }
    if let targetBits, !(2...8).contains(targetBits) {
      throw ValidationError("--target-bits \(targetBits) is not between 2 and 8.")
    }
    if let targetSize, targetSize < 1 {
      throw ValidationError("--target-size \(targetSize) is not positive.")
    }
  }

  private var goal: PlanGoal {
    if let targetBits { return .budget(.averageBits(targetBits)) }
    if let targetSize { return .budget(.payloadBytes(targetSize)) }
    return .multiplier(errorMultiplier ?? 2)
  }

  func run() throws {
    if let output { try requireWritable(output.url, overwriting: force) }
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    let planner = Planner(
      opened, measure: measure.measure, rules: weights.rules, quantizer: weights.quantizer,
      workers: common.workers)
    let planning = try PlanReport(planner, goal: goal)
    if let output {
      try AtomicFile.write(Data(planning.plan.json.utf8), to: output.url, overwriting: force)
    }
    print(common.json ? json(planning, isPretty: true) : planning.text)
  }
}
