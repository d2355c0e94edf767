import Datasets
import Execution
import MixQuant
import Networks
import Quantization
import Tensors

/// Errors of bias-free layers named layer0, layer1 and so on.
func table(
  rows: [(weights: Int, errors: [Double])], quantity: ErrorQuantity = .roundoff(.relative)
) -> ErrorTable {
  let layers = rows.enumerated().map { index, row in
    WeightLayer(
      name: "layer\(index)", role: .body, weightCount: row.weights, outputChannels: 1,
      hasBias: false)
  }
  return ErrorTable(
    model: "table", quantity: quantity, layers: layers, values: rows.map(\.errors))
}

/// Layers of 50 to 1050 weights whose errors fall by random factors.
func randomTable(layers: Int, seed: UInt64) -> ErrorTable {
  var generator = SplitMix64(seed: seed)
  return table(
    rows: (0..<layers).map { _ in
      var errors = [0.001 * generator.uniform(0.1..<10)]
      for _ in 2..<8 { errors.append((errors.last ?? 0) * generator.uniform(1..<3)) }
      return (weights: 50 + generator.index(below: 1000), errors: errors.reversed())
    })
}

extension ErrorTable {
  /// The task of planning for these layers.
  func task(
    _ budget: BitBudget, pinned: [String: BitWidth] = [:],
    candidates: [BitWidth] = BitWidth.all
  ) throws -> AllocationTask {
    try AllocationTask(
      model: model, layers: layers, budget: budget, pinned: pinned, candidates: candidates,
      granularity: .perTensor)
  }

  /// The sum of the errors that allocation can change.
  func sum(_ plan: BitWidthAssignment, _ task: AllocationTask) -> Double {
    task.freeIndices.reduce(0) { $0 + self[$1, plan.bitWidths[$1]] }
  }
}

/// The first pictures of the set that the shipped network was trained on, but of another seed.
func shapes(_ count: Int) -> Tensor {
  let transform = Transform(
    resize: nil, crop: nil, mean: Transform.imageNetMean, std: Transform.imageNetStd)
  return Tensor(shape: [count, 3, Shapes.side, Shapes.side]) { buffer in
    let size = 3 * Shapes.side * Shapes.side
    for index in 0..<count {
      transform(
        Shapes.image(seed: 3, index: index).image,
        into: UnsafeMutableBufferPointer(rebasing: buffer[index * size..<(index + 1) * size]))
    }
  }
}
