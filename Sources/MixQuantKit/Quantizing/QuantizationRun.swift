import Checkpoints
package import Datasets
package import Execution
package import Files
package import Foundation
import Graphs
package import Quantization
import Reconstruction

/// A quantization from a checkpoint to a packed model, as `mixq quantize` runs it.
package struct QuantizationRun: Sendable {
  let model: CheckpointModel
  package let recipe: QuantizationRecipe
  package let plan: BitPlan
  let images: CalibrationSet
  let transform: TransformChoice
  let context: Context

  package init(
    model: CheckpointModel, recipe: QuantizationRecipe, plan: BitPlan,
    images: CalibrationSet, transform: TransformChoice, context: Context
  ) {
    self.model = model
    self.recipe = recipe
    self.plan = plan
    self.images = images
    self.transform = transform
    self.context = context
  }

  /// The number of units that are reconstructed: all units with layers except the first.
  package var unitCount: Int { model.unitCount }

  /// The lines to print before the work: the choices that were made and their reasons.
  package var introduction: [String] {
    Model.checkpoint(model).introduction(model.url) + [
      "images     \(images.images.items.count) drawn by seed \(recipe.seed)"
    ] + images.images.notes + [
      "transform  \(transform.transform.description) (\(transform.reason))",
      "plan       \(plan.rule): "
        + String(
          format: "%.3f bits over all layers, %.3f over those that the plan may change",
          plan.averageBits(),
          plan.averageFreeBits(rules: recipe.rules, in: model.network)),
      "rule       "
        + recipe.rules.description(
          activationBits: recipe.activationBits, arePlanned: !plan.activations.isEmpty),
      "method     \(methodDescription)",
      "engine     \(engineDescription)",
    ]
  }

  /// The engine that will compute the packed file, and the reason.
  private var engineDescription: String {
    recipe.quantizesActivations(by: plan)
      ? "the file will run on integer kernels (activations are quantized)"
      : "the file will run on float kernels (activations are not quantized; see --for speed)"
  }

  private var methodDescription: String {
    let weights =
      "\(recipe.weights.granularity.rawValue), \(recipe.weights.symmetry.rawValue), "
      + "\(recipe.weights.range.rawValue) range"
    guard recipe.method.learns else { return "\(recipe.method.rawValue) (\(weights))" }
    let r = recipe.reconstruction
    return "\(recipe.method.rawValue) (\(weights)), recipe \(r.name): "
      + "\(r.weightSteps) steps of \(r.batch) images, start \(r.start.rawValue), loss \(r.loss.rawValue)"
      + (recipe.quantizesActivations(by: plan)
        ? ", then \(r.activationSteps) on activations" : "")
  }

  /// The JSON that a dry run prints.
  package struct Outline: Codable, Sendable {
    let recipe: QuantizationRecipe
    let layers: [String]
    let bits: [BitWidth]
    let bytes: Int
    /// The widths of activations; nil if the plan has none.
    let activations: [PlannedActivations]?
  }

  /// The recipe, the plan and the size.
  package var outline: Outline {
    Outline(
      recipe: recipe, layers: plan.layers.map(\.name), bits: plan.bitWidths,
      bytes: plan.payloadBytes(granularity: recipe.weights.granularity),
      activations: plan.activations.isEmpty ? nil : plan.activations)
  }

  /// Compares the folded with the unfolded network on calibration images and returns a line.
  package func selfCheck() throws -> String {
    try model.selfCheck(
      on: images.images, transform: transform.transform, context: context,
      skipBadImages: images.skipBadImages)
  }

  /// Returns the estimated time and memory, found by a short probe; nil if nothing is reconstructed.
  package func estimate() throws -> RunEstimate? {
    try model.network.requireMemory(for: transform.transform, context: context)
    // The time of a step does not depend on the width of activations.
    var timed = recipe
    timed.activationBits = recipe.activationBits ?? plan.activations.map(\.bitWidth).max()
    // Times differ between ranks, so the ranks must not share this work.
    return try Quantizer(
      model.network, recipe: timed, images: images, context: context.alone
    ).estimate()
  }

  private func quantizer(
    _ recipe: QuantizationRecipe, caches: CacheStorage = .memory
  ) -> Quantizer {
    Quantizer(
      model.network, recipe: recipe, images: images, context: context.keeping(caches: caches))
  }

  private func stateFile(_ url: URL) throws(InputError) -> StateFile {
    try StateFile(
      url, model: model, recipe: recipe, plan: plan, images: images,
      transform: transform.transform)
  }

  /// Returns the file of a run's state beside `output`.
  package static func stateURL(beside output: URL) -> URL {
    output.appendingPathExtension("state")
  }

  /// Quantizes the model; resumes if an interrupted run of the same job left its state.
  ///
  /// The state is written after every unit. It stays until `finish` removes it. All ranks get the outcome,
  /// and the first writes the state.
  ///
  /// - Parameters:
  ///   - state: The file for the finished units; nil saves nothing.
  ///   - estimate: The estimate to include in the outcome.
  ///   - caches: The storage of reconstruction's caches.
  /// - Throws: An error if images cannot be read, if caches or the state cannot be written, or if the
  ///   state belongs to another job; also the errors of `progress`.
  package func callAsFunction(
    state: URL?, estimate: RunEstimate? = nil, caches: CacheStorage = .memory,
    progress: (QuantizationEvent) throws -> Void = { _ in }
  ) throws -> QuantizationOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    let file = try state.map(stateFile)
    let earlier = try file?.read(ranks: context.ranks)
    if let earlier { try progress(.resuming(units: earlier.weights.count)) }
    var last = earlier ?? ReconstructionState()
    let (network, reports) = try quantizer(recipe, caches: caches)(
      plan: plan, resuming: last,
      save: {
        last = $0
        if context.ranks.isFirst { try file?.write($0) }
      }, progress: progress)
    let packed = PackedModel(
      network, plan: plan, of: model, transform: transform.transform,
      recipe: recipe.settled(by: plan),
      calibration: images)
    return QuantizationOutcome(
      packed: packed, warnings: try warnings(about: network), file: file, state: last,
      reports: reports, seconds: (clock.now - start).seconds,
      threads: context.threads, estimate: estimate, peakBytes: peakResidentBytes())
  }

  /// Writes the packed file and the report, and removes the state.
  ///
  /// The state first gets the hash of the packed file. If the process is killed between the two files,
  /// the next run may therefore write over them.
  ///
  /// - Parameters:
  ///   - outcome: The outcome of a run with a state.
  ///   - packed: The place of the packed file.
  ///   - report: The place and the bytes of the report.
  /// - Throws: `cannotWrite`; the state then stays.
  package func finish(
    _ outcome: QuantizationOutcome, packed: OutputFile, report: (file: OutputFile, bytes: Data)
  ) throws(InputError) {
    let bytes = outcome.packed.fileBytes
    try outcome.file?.write(outcome.state, output: SHA256.hexDigest(of: bytes))
    do throws(InputError) {
      try packed.write(bytes)
      try report.file.write(report.bytes)
    } catch {
      if outcome.state == ReconstructionState() { outcome.file?.remove() }
      throw error
    }
    outcome.file?.remove()
  }

  /// Returns true if an interrupted run, whose state is beside `output`, wrote the file at `output`.
  package static func wrote(_ output: URL) -> Bool {
    guard let digest = StateFile.output(at: stateURL(beside: output)) else { return false }
    return AtomicFile.type(at: output) == nil
      || (try? SHA256.hexDigest(ofFile: output)) == digest
  }
}
