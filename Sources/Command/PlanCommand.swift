import Allocation
import ArgumentParser
import Checkpoints
import Datasets
import Files
import Foundation
import Graphs
import MixQuantKit
import Networks
import Quantization
import Reconstruction
import Reports
import Studies

/// The command that plans the bit-widths of layers and activations.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract:
      "Assigns a bit-width to each layer's weights, and to activations if asked, by MixQuant or "
      + "another allocator.")

  @Argument(
    help: "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face)."
  )
  var model: Path

  @OptionGroup var goal: GoalArguments
  @OptionGroup var allocation: AllocationArguments
  @OptionGroup var activations: ActivationPlanArguments

  @Option(help: "The calibration images for allocators that need them; labels are not used.")
  var calibration: Path?

  @Option(help: "The number of images drawn from the calibration folder by the seed.")
  var calibrationImages = 256

  @Option(help: "Count bit-operations with activations of this many bits; by default 32.")
  var activationBits: BitWidth?

  @Option(
    help: "The rounding method you will quantize with; mixquant-weighted estimates its error.")
  var method: RoundingMethod = .brecq

  @Option(help: "Write the plan as JSON, which you can edit and use with quantize --plan.")
  var output: Path?

  @Flag(help: "Overwrite existing outputs.")
  var force = false

  @OptionGroup var measure: MeasureArguments
  @OptionGroup var weights: WeightArguments
  @OptionGroup var checkpoint: CheckpointArguments
  @OptionGroup var transform: TransformArguments
  @OptionGroup var common: CommonOptions

  private var allocator: Allocator { allocation.allocator ?? .mixQuant }

  func validate() throws {
    guard allocator == .mixQuant || goal.isBudget else {
      throw ValidationError(
        "--allocator \(allocator.rawValue) needs --target-bits, --max-bytes or "
          + "--max-bit-operations.")
    }
    guard !allocator.table.needsImages || calibration != nil else {
      throw ValidationError(
        "--allocator \(allocator.rawValue) needs images: give --calibration.")
    }
    try activations.requireBudget(goal)
    try activations.requireAlone(activationBits: activationBits)
    guard !activations.areGiven || allocator.plansActivations else {
      throw ValidationError(
        "--allocator \(allocator.rawValue) is only for weights: choose another for activations, "
          + "such as mixquant-weighted.")
    }
    guard calibrationImages > 0 else {
      throw ValidationError("--calibration-images \(calibrationImages) is not positive.")
    }
  }

  func run() throws {
    if let output { try requireWritable(output.url, overwriting: force, inputs: [model]) }
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    Model.checkpoint(opened).introduction(opened.url).forEach(Console(isQuiet: common.quiet).note)
    let report = try report(planner(for: opened), of: opened)
    if let output {
      try AtomicFile.write(Data(report.plan.json.utf8), to: output.url, overwriting: force)
    }
    try emit(
      report, as: .plan,
      from: [ResultInput(.model, model.url, sha256: opened.file.digest)], isJSON: common.json
    ) { report.text(width: $0) }
  }

  private func planner(for model: CheckpointModel) throws -> Planner {
    let planner = Planner(
      model, measure: measure.measure, rules: weights.rules,
      pinned: try weights.rules.pinnedInPlan(of: model.network, pins: allocation.pins),
      candidates: allocation.widths,
      activations: try activations.choices(for: model.network, rules: weights.rules) {
        try inputSize(of: model)
      },
      quantizer: weights.quantizer, method: method, context: common.context)
    let table = allocator.table
    guard let calibration, table.needsImages else { return planner }
    let pool = try ImageSet.open(
      calibration.url, purpose: .calibration, skipBadImages: transform.skipBadImages)
    let images = try CalibrationSet(
      drawing: min(calibrationImages, pool.items.count), from: pool, seed: common.seed,
      transform: inputs(of: model), skipBadImages: transform.skipBadImages)
    let console = Console(isQuiet: common.quiet)
    (pool.notes + images.warnings(context: common.context)).forEach(console.note)
    console.begin("measuring")
    let measured = try planner.measuring([table], on: images, context: common.context) {
      console.advance(to: $1, $0.rawValue)
    }
    console.end()
    return measured
  }

  private func report(_ planner: Planner, of model: CheckpointModel) throws -> PlanReport {
    let goal = try goal.goal { try bitOperations($0, of: model) }
    guard case .budget(let budget) = goal else { return try PlanReport(planner, goal: goal) }
    return try PlanReport(
      planner, allocator: allocator, budget: budget,
      activationBits: activations.targetActivationBits, seed: common.seed)
  }

  private func bitOperations(_ limit: Int, of model: CheckpointModel) throws -> BitBudget {
    let inputSize = try inputSize(of: model)
    guard !activations.areGiven else {
      return model.network.sharedBitOperations(limit, inputSize: inputSize)
    }
    let pinned = weights.rules.pinnedActivations(in: model.network)
    let perWeightBit = model.network.bitOperationsPerWeightBit(inputSize: inputSize) { site in
      activationBits.map { pinned[site] ?? $0 }
    }
    return .bitOperations(limit, perWeightBit: perWeightBit)
  }

  private func inputSize(of model: CheckpointModel) throws -> (height: Int, width: Int) {
    try inputs(of: model).usualInputSize
  }

  /// Returns the transform from images to inputs of `model`.
  private func inputs(of model: CheckpointModel) throws -> Transform {
    try model.transform(flags: transform.flags).transform
  }
}
