package import Foundation
import Checkpoints
import Networks
import Quantization

/// The facts about the file of a model that its network does not show.
package struct ModelFacts: Sendable {
  /// The name of the container, such as "safetensors" or "packed by mixq".
  package let format: String
  /// The library whose names the tensors have.
  package let layout: String
  /// The number of tensors of each element type; empty for a packed file.
  package let elementTypes: [String: Int]
  /// One line for each choice that was made while the file was read.
  package let notes: [String]
  /// The unknown globals of the pickle, which were not executed.
  package let inertGlobals: [String]
  /// The tensors that inference does not need.
  package let ignoredTensors: [String]
}

extension Model {
  /// The facts about the model's file.
  package var facts: ModelFacts {
    switch self {
    case .checkpoint(let model):
      ModelFacts(
        format: model.file.format, layout: model.report.layout,
        elementTypes: model.file.elementTypes,
        notes: model.files.notes + model.file.notes + model.report.notes,
        inertGlobals: model.file.inertGlobals, ignoredTensors: model.report.ignoredTensors)
    case .packed(let packed):
      ModelFacts(
        format: "packed by mixq", layout: "mixq", elementTypes: [:],
        notes: ["plan: \(packed.plan.rule)"], inertGlobals: [], ignoredTensors: [])
    }
  }

  /// Returns the file of the weights; `url` is the file or the folder that was opened.
  package func file(at url: URL) -> URL {
    if case .checkpoint(let model) = self { model.url } else { url }
  }
}
