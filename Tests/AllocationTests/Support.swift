import Allocation
import Datasets
import MixQuant
import Quantization
import Tensors

extension ErrorTable {
  /// Returns a task for the layers of this table.
  func task(
    _ budget: BitBudget, pinned: [String: BitWidth] = [:],
    candidates: [BitWidth] = BitWidth.all
  ) throws -> AllocationTask {
    try AllocationTask(
      model: model, layers: layers, budget: budget, pinned: pinned, candidates: candidates,
      granularity: .perTensor)
  }

  /// Returns the sum of the plan's errors over the layers that are not pinned.
  func sum(_ plan: BitPlan, _ task: AllocationTask) -> Double {
    task.freeIndices.reduce(0) { $0 + self[$1, plan.bitWidths[$1]] }
  }
}

/// Returns pictures of the kind that the embedded network was trained on, drawn with another seed.
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

/// Returns one over the mean over the images of Σ logit² / Σ (logit − noisy)²; logits are (N, classes).
func noiseToSignal(_ logits: Tensor, _ noisy: Tensor) -> Double {
  let (images, classes) = (logits.shape[0], logits.shape[1])
  let ratios = (0..<images).map { image in
    var (signal, noise) = (0.0, 0.0)
    for index in image * classes..<(image + 1) * classes {
      let difference = Double(logits.scalars[index]) - Double(noisy.scalars[index])
      signal += Double(logits.scalars[index]) * Double(logits.scalars[index])
      noise += difference * difference
    }
    return signal / noise
  }
  return Double(images) / ratios.reduce(0, +)
}
