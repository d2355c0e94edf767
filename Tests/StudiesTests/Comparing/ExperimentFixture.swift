import KitSupport
import Datasets
import Execution
import Foundation
import MixQuantKit
import Studies
import Quantization
import Reconstruction

/// A small experiment on the embedded network, on pictures of its own in `folder`.
func experiment(
  allocators: [String] = ["two-width", "mixquant", "uniform"], targetBits: Double = 2.5,
  methods: [RoundingMethod] = [.nearest, .brecq], seeds: [UInt64] = [4, 5],
  activations: ActivationDesign? = nil, in folder: URL, model: CheckpointModel? = nil,
  memory: MemoryLimit? = nil, ranks: Ranks = .alone
) throws -> Experiment {
  let model = try model ?? .shapes()
  var recipe = QuantizationRecipe(calibrationImages: 20)
  recipe.reconstruction.weightSteps = 2
  let evaluator = Evaluator(
    images: try pictures(40, seed: 2, in: folder), transform: .cifar,
    classes: Shapes.classNames.indices.sorted { Shapes.classNames[$0] < Shapes.classNames[$1] },
    context: Context(threads: 2, ranks: ranks))
  let design = ExperimentDesign(
    allocators: allocators, randomFills: 2, methods: methods, targetBits: [targetBits],
    seeds: seeds, recipe: recipe, activations: activations)
  return try Experiment(
    model: model, design: design, pool: pictures(30, seed: 1, in: folder), evaluator: evaluator,
    memory: memory, context: Context(threads: 2, ranks: ranks))
}

/// The same pictures for every experiment in `folder`.
private func pictures(_ count: Int, seed: UInt64, in folder: URL) throws -> ImageSet {
  let present = folder.appending(path: "shapes-\(seed)")
  return FileManager.default.fileExists(atPath: present.path)
    ? try ImageSet.open(present) : try shapes(count, seed: seed, in: folder)
}

/// The result of `experiment`, and the cells that were worked on.
func run(
  _ experiment: Experiment, folder: URL? = nil
) throws -> (result: ExperimentResult, fresh: [ExperimentCell]) {
  var fresh: [ExperimentCell] = []
  let result = try experiment(store: ResultStore(folder: folder)) { event in
    guard case .finished(let summary, _, isKept: false, _) = event else { return }
    fresh += experiment.design.cells.filter { summary.hasPrefix("\($0.description):") }
  }
  return (result, fresh)
}
