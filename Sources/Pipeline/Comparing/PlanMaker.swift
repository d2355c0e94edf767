package import Datasets
import MixQuant
import Quantization
package import Tensors

extension Experiment {
  /// The experiment whose plans come from `Allocator`s.
  package init(
    model: CheckpointModel, design: ExperimentDesign, pool: ImageSet, evaluator: Evaluator,
    workers: Workers
  ) throws(InputError) {
    let planner = Planner(
      model, measure: design.measure, rules: design.recipe.rules,
      quantizer: design.recipe.weights, workers: workers)
    try self.init(
      model: model, design: design, pool: pool, evaluator: evaluator, workers: workers
    ) { cell, bytes, _ in
      cell.contestant == "two-width"
        ? try .twoWidth(averageBits: cell.targetBits, network: model.network)
        : try planner(.budget(.payloadBytes(bytes))).plan
    }
  }
}
