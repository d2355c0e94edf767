import Datasets
import Files
import Foundation
import Allocation
import MixQuant
import Graphs
import Quantization
import Reconstruction
import Tensors

/// Everything that decides a result, so that equal work can be told by an equal hash.
struct WorkIdentity: Sendable {
  /// SHA-256 of the folded network: its nodes and all of their numbers.
  let network: String
  /// SHA-256 of the evaluation images' list, their classes and transform.
  let evaluation: String

  init(network: Graph, evaluator: Evaluator) {
    var hash = SHA256()
    hash.update(json(GraphOutline(of: network)).utf8)
    for node in network.nodes {
      switch node.operation {
      case .convolution(let convolution):
        hash.update(convolution.weight.scalars.littleEndianBytes)
        hash.update((convolution.bias ?? []).littleEndianBytes)
      case .batchNorm(let batchNorm):
        let numbers = [batchNorm.scale, batchNorm.shift, batchNorm.mean, batchNorm.variance]
        for values in numbers { hash.update(values.littleEndianBytes) }
      default: break
      }
    }
    self.network = hash.finalize()
    evaluation = SHA256.hexDigest(
      of: Data(
        (evaluator.images.manifest + json(evaluator.classes) + json(evaluator.transform)).utf8))
  }

  private struct Plan: Encodable {
    let tool: String
    let network: String
    let contestant: String
    let bytes: Int
    let seed: UInt64
    let calibration: String
    let recipe: QuantizationRecipe
    let measure: ErrorMeasure
    let activations: ActivationDesign?
    /// Only where it is not `feedback`.
    let foreseen: LayerRounding?
  }

  /// The key of a contestant's plan of at most `bytes`.
  func planKey(
    _ cell: ExperimentCell, bytes: Int, images: CalibrationSet, design: ExperimentDesign
  ) -> String {
    // How weights are learned afterwards does not matter to a plan.
    var recipe = design.recipe(of: cell)
    recipe.method = .nearest
    recipe.reconstruction = .standard
    return Self.hash(
      Plan(
        tool: toolVersion, network: network, contestant: cell.contestant, bytes: bytes,
        seed: cell.seed, calibration: images.digest, recipe: recipe, measure: design.measure,
        activations: design.activations,
        foreseen: cell.closedForm == .nearest ? .nearest : nil))
  }

  private struct Table: Encodable {
    let tool: String
    let network: String
    let calibration: String
    let quantizer: WeightQuantizer
  }

  /// The key of the table of divergences that `quantizer` causes on `images`.
  func tableKey(images: CalibrationSet, quantizer: WeightQuantizer) -> String {
    Self.hash(
      Table(
        tool: toolVersion, network: network, calibration: images.digest, quantizer: quantizer))
  }

  private struct Score: Encodable {
    let tool: String
    let network: String
    let evaluation: String
    let bitWidths: [BitWidth]
    /// None rather than empty.
    let activations: [PlannedActivations]?
    let recipe: QuantizationRecipe
    let calibration: String?
  }

  /// The key of the score of `plan` by `recipe` on `images`.
  func scoreKey(
    _ plan: BitPlan, recipe: QuantizationRecipe, images: CalibrationSet
  ) -> String {
    var recipe = recipe.settled
    if recipe.method == .nearest { recipe.reconstruction = .standard }
    // Rounding weights to nearest looks at no image: all seeds are the same work.
    let needsImages = recipe.needsImages(for: plan)
    if !needsImages { recipe.seed = 0 }
    return Self.hash(
      Score(
        tool: toolVersion, network: network, evaluation: evaluation, bitWidths: plan.bitWidths,
        activations: plan.activations.isEmpty ? nil : plan.activations, recipe: recipe,
        calibration: needsImages ? images.digest : nil))
  }

  private static func hash(_ value: some Encodable) -> String {
    SHA256.hexDigest(of: Data(json(value).utf8))
  }
}

extension [Float] {
  fileprivate var littleEndianBytes: [UInt8] {
    map(\.bitPattern.littleEndian).withUnsafeBytes { [UInt8]($0) }
  }
}
