import Allocation
import Execution
import Files
import MixQuantKit
import Quantization
import Reconstruction

extension ExperimentCell {
  /// The rounding that the cell's plan depends on, if it does on any.
  var closedForm: LayerRounding? {
    Allocator(rawValue: contestant)?.table == .divergence ? method.closedForm : nil
  }
}

/// Makes an experiment's plans; a table that needs images is measured when the first plan of a seed asks
/// for it, and kept until the next seed.
struct ExperimentPlans {
  private let unmeasured: Planner
  private var seed: UInt64?
  private var measured: [LayerRounding: Planner] = [:]
  private let activations: ActivationDesign?
  private let context: Context

  /// - Parameters:
  ///   - planner: has the tables that need no images, and the choices of activations if there are any.
  ///   - activations: their budget.
  init(_ planner: Planner, activations: ActivationDesign?, context: Context) {
    unmeasured = planner
    self.activations = activations
    self.context = context
  }

  /// The plan of the cell's contestant of at most `bytes`; throws `usage` for an allocator that is not
  /// known, and if images cannot be read.
  ///
  /// `progress` gets the share of a table that is measured.
  mutating func callAsFunction(
    _ cell: ExperimentCell, bytes: Int, images: CalibrationSet,
    progress: (Double) -> Void = { _ in }
  ) throws -> BitPlan {
    let fill = ExperimentDesign.randomFill(of: cell.contestant)
    let name = fill == nil ? cell.contestant : ExperimentDesign.random
    guard let allocator = Allocator(rawValue: name) else {
      throw InputError(
        .impossiblePlan, "cannot plan bit-widths", at: cell.contestant,
        because: "no allocator has this name",
        try: "choose from \(Allocator.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let planner = try planner(
      with: allocator.table, estimating: cell.closedForm ?? .gptq, seed: cell.seed,
      images: images, progress)
    // A fill is the same plan for every seed of the experiment, so that its mean over seeds is one plan's.
    let fillSeed = UInt64(fill ?? 0)
    var plan = try planner(allocator, budget: .payloadBytes(bytes), seed: fillSeed)
    if let activations {
      try planner.planActivations(
        of: &plan, by: ActivationDesign.planner(for: allocator),
        averageBits: activations.averageBits, seed: fillSeed)
    }
    return plan
  }

  private mutating func planner(
    with table: Allocator.Table, estimating rounding: LayerRounding, seed: UInt64,
    images: CalibrationSet, _ progress: (Double) -> Void
  ) throws -> Planner {
    guard table.needsImages else { return unmeasured }
    if seed != self.seed { (self.seed, measured) = (seed, [:]) }
    let known = measured[rounding] ?? unmeasured.estimating(rounding)
    let planner = try known.measuring([table], on: images, context: context) { progress($1) }
    measured[rounding] = planner
    return planner
  }
}

extension WorkIdentity {
  /// The key of a contestant's plan of at most `bytes`.
  func planKey(
    _ cell: ExperimentCell, bytes: Int, images: CalibrationSet, design: ExperimentDesign
  ) -> String {
    // How weights are learned afterwards does not matter to a plan.
    var recipe = design.recipe(of: cell)
    recipe.method = .nearest
    recipe.reconstruction = .standard
    let foresees = cell.closedForm == .nearest
    return hash([
      "contestant": cell.contestant, "bytes": bytes, "seed": cell.seed,
      "calibration": images.digest, "recipe": recipe, "measure": design.measure,
      "activations": design.activations, "foreseen": foresees ? LayerRounding.nearest : nil,
    ])
  }
}
