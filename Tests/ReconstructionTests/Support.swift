import Execution
import Graphs
import Quantization
import Reconstruction
import Tensors
import TestSupport

/// Returns random inputs without negative values, with the outputs of `block` as targets.
func blockData(
  _ block: Graph, images: Int, _ shape: [Int] = [6, 7, 5], seed: UInt64,
  hasImportance: Bool = false
) -> ReconstructionData {
  var inputs = randomTensor(Shape([images] + shape), seed: seed)
  inputs.relu()
  let targets = block.outputs(inputs, context: .serial)
  var importance = randomTensor(targets.shape, seed: seed + 1)
  for index in importance.scalars.indices { importance.scalars[index] *= importance.scalars[index] }
  return ReconstructionData(
    inputs: inputs, targets: targets, importance: hasImportance ? importance : nil)
}

/// Returns the weights of `unit` rounded to nearest.
func nearest(_ unit: Graph, bits: BitWidth) -> [QuantizedTensor] {
  unit.layers.map { WeightQuantizer.brecq.quantize($0.weight, bitWidth: bits) }
}

/// Returns the last unit of a tiny network: a linear layer on pooled features (32, 1, 1), without a ReLU.
func lastUnit(seed: UInt64) -> Graph {
  let network = tinyResNet(seed: seed)
  return network[units: network.units.count - 1..<network.units.count]
}

/// Returns a recipe of few steps for small networks; it does not depend on the numbers of `standard`.
func quickRecipe(weightSteps: Int = 0, activationSteps: Int = 0) -> ReconstructionRecipe {
  var recipe = ReconstructionRecipe.paper
  recipe.batch = 16
  recipe.weightSteps = weightSteps
  recipe.weightRate = 2e-2
  recipe.activationSteps = activationSteps
  recipe.activationRate = 1e-3
  return recipe
}

extension ReconstructionData {
  /// All images as one batch.
  var all: ReconstructionBatch { gathering(rows: Array(0..<inputs.rowCount)) }
}

/// Returns Σ importance · power(output − target) divided by the number of positions of `batch`, in Double.
func lossReference(
  _ output: [Double], _ batch: ReconstructionBatch, power: (Double) -> Double = { $0 * $0 }
) -> Double {
  let weights = batch.importance?.doubles ?? output.map { _ in 1 }
  let targets = batch.targets.doubles
  let sum = output.indices.reduce(0) { $0 + weights[$1] * power(output[$1] - targets[$1]) }
  return sum / Double(batch.targets.scalars.count / batch.targets.shape[1])
}
