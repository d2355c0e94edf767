import Allocation
import ArgumentParser
import Datasets
import Files
import Foundation
import MixQuantKit
import Quantization
import Reconstruction
import Reports
import Studies

/// The command that plans the bit-widths of layers and activations.
struct PlanCommand: OrdinaryCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract:
      "Assigns a bit-width to each layer's weights, and to activations if asked, by MixQuant or "
      + "another allocator.",
    discussion: """
      Examples:

        mixq plan resnet18.safetensors --target-bits 3 -o plan.json
        mixq plan resnet18.safetensors --target-size 120K --pin 'conv1=4'
        mixq plan resnet18.safetensors --target-bits 2.5 --allocator greedy \\
          --calibration calibration
      """)

  @Argument(
    help: "A checkpoint (.pth, .pt, .th, .safetensors, .onnx, or a folder of timm or Hugging Face)."
  )
  var model: Path

  @OptionGroup(title: "Main options") var goal: GoalArguments
  @OptionGroup(title: "Main options") var main: PlanOutputArguments
  @OptionGroup(title: "Plan") var allocation: AllocationArguments
  @OptionGroup(title: "Plan") var images: PlanImageArguments
  @OptionGroup(title: "Plan") var measure: MeasureArguments
  @OptionGroup(title: "Activations") var activations: ActivationPlanArguments
  @OptionGroup(title: "Grids of weights") var weights: WeightArguments
  @OptionGroup(title: "Images") var transform: TransformArguments
  @OptionGroup(title: "Checkpoint") var checkpoint: CheckpointArguments
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @OptionGroup(title: CommonOptions.title) var random: SeedArguments

  private var allocator: Allocator { allocation.allocator ?? .mixQuant }

  func validate() throws {
    let name = "--allocator \(allocator.rawValue)"
    guard allocator == .mixQuant || goal.isBudget else {
      throw InputError.missing(
        "--target-bits", "\(name) needs a budget",
        try: "give --target-bits, --max-bytes or --max-bit-operations")
    }
    guard !allocator.table.needsImages || images.calibration != nil else {
      throw InputError.missing("--calibration", "\(name) needs images")
    }
    try activations.requireBudget(goal)
    try activations.requireAlone(activationBits: images.activationBits)
    guard !activations.areGiven || allocator.plansActivations else {
      throw InputError.conflict(
        "\(name) and a plan of activations", "the allocator is only for weights",
        try: "choose another for activations, such as mixquant-weighted")
    }
  }

  func run() throws {
    let output = main.output
    if let output { try requireWritable(output.url, overwriting: main.force, inputs: [model]) }
    let opened = try CheckpointModel(contentsOf: model.url, options: checkpoint.options)
    Model.checkpoint(opened).introduction(opened.url).forEach(Console(isQuiet: common.quiet).note)
    let report = try report(planner(for: opened), of: opened)
    if let output {
      try AtomicFile.write(Data(report.plan.json.utf8), to: output.url, overwriting: main.force)
    }
    try emit(
      report, as: .plan,
      from: [ResultInput(.model, model.url, sha256: opened.digest)], isJSON: common.json
    ) { report.text(width: $0) }
  }

  private func planner(for model: CheckpointModel) throws -> Planner {
    let planner = Planner(
      model, measure: measure.measure, rules: weights.rules,
      pinned: try weights.rules.pinnedInPlan(of: model.network, pins: allocation.pins),
      candidates: allocation.widths,
      activations: try activations.choices(for: model, rules: weights.rules) {
        try inputSize(of: model)
      },
      quantizer: weights.quantizer, method: images.method, context: common.context)
    let table = allocator.table
    guard let calibration = images.calibration, table.needsImages else { return planner }
    let pool = try ImageSet.open(
      calibration.url, purpose: .calibration, skipBadImages: transform.skipBadImages)
    let drawn = try CalibrationSet(
      drawing: min(images.calibrationImages, pool.items.count), from: pool, seed: random.seed,
      transform: inputs(of: model), skipBadImages: transform.skipBadImages)
    let console = Console(isQuiet: common.quiet)
    (pool.notes + drawn.warnings(context: common.context)).forEach(console.note)
    console.begin("measuring")
    let measured = try planner.measuring([table], on: drawn, context: common.context) {
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
      activationBits: activations.targetActivationBits, seed: random.seed)
  }

  private func bitOperations(_ limit: Int, of model: CheckpointModel) throws -> BitBudget {
    let inputSize = try inputSize(of: model)
    guard !activations.areGiven else {
      return model.network.sharedBitOperations(limit, inputSize: inputSize)
    }
    let pinned = weights.rules.pinnedActivations(in: model.network)
    let perWeightBit = model.network.bitOperationsPerWeightBit(inputSize: inputSize) { site in
      images.activationBits.map { pinned[site] ?? $0 }
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
