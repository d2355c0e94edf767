import Datasets
import Files
import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reconstruction
import Tensors

/// Everything that decides a result; equal work has an equal hash.
struct WorkIdentity: Sendable {
  /// SHA-256 of the folded network: its nodes and all of their numbers.
  let network: String
  /// SHA-256 of the evaluation images' list, their classes and transform.
  let evaluation: String
  /// SHA-256 of the images that could be read and of full precision's logits for them; nil if they were not
  /// scored.
  ///
  /// An image whose content changes almost always changes a logit.
  private let reference: String?

  /// - Parameter reference: The predictions of full precision.
  init(network: Graph, evaluator: Evaluator, reference: Predictions? = nil) {
    self.network = network.digest
    self.reference = reference.map { predictions in
      let names = Data(json([predictions.names, predictions.labels.map(String.init)]).utf8)
      return SHA256.hexDigest(
        of: names + predictions.logits.scalars.withUnsafeBytes { Data($0) })
    }
    evaluation = SHA256.hexDigest(
      of: Data(
        (evaluator.images.manifest + json(evaluator.classes) + json(evaluator.transform)).utf8))
  }

  /// The key of the table of divergences that `quantizer` causes on `images`.
  func tableKey(images: CalibrationSet, quantizer: WeightQuantizer) -> String {
    hash(["calibration": images.digest, "quantizer": quantizer])
  }

  /// The key of the score of `plan` by `recipe` on `images`.
  func scoreKey(
    _ plan: BitPlan, recipe: QuantizationRecipe, images: CalibrationSet
  ) -> String {
    var recipe = recipe.settled(by: plan)
    // Rounding weights to nearest looks at no image: all seeds are the same work.
    let needsImages = recipe.needsImages(for: plan)
    if !needsImages { recipe.seed = 0 }
    return hash([
      "evaluation": evaluation, "reference": reference, "bitWidths": plan.bitWidths,
      "activations": plan.activations,
      "recipe": recipe, "calibration": needsImages ? images.digest : nil,
    ])
  }

  /// Returns the SHA-256 of the work that `terms` describe, of this build and network.
  func hash(_ terms: JSONObject) -> String {
    let work: JSONObject = ["build": Build.current, "network": network, "terms": terms]
    return SHA256.hexDigest(of: Data(json(work).utf8))
  }
}
