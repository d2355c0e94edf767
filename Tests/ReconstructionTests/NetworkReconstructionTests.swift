import Execution
import Graphs
import Quantization
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Reconstruction of a whole network")
struct NetworkReconstructionTests {
  private static let network = tinyResNet(seed: 21).foldingBatchNorm()
  private static let images = randomTensor([64, 3, 8, 8], seed: 22)
  private static let unseenImages = randomTensor([64, 3, 8, 8], seed: 23)
  private static let firstOutputs = network[network.units[0]](images)

  @Test(
    "Logits of unseen images come closer to full precision, in the mean over three seeds",
    arguments: [2, 3] as [BitWidth],
    ReconstructionLossKind.allCases)
  func divergence(bits: BitWidth, loss: ReconstructionLossKind) throws {
    let start = rounded(bits: bits)
    var recipe = quickRecipe(weightSteps: 150)
    recipe.loss = loss
    let divergences = try (0..<3).map { seed in
      meanDivergence(try reconstruct(start, recipe, seed: seed).network)
    }
    #expect(divergences.reduce(0, +) / 3 < meanDivergence(start))
  }

  @Test(
    "Grids, biases and the first layer do not change, and the network has the values of its codes")
  func kept() throws {
    let start = rounded(bits: 2)
    let (learned, _) = try reconstruct(start, quickRecipe(weightSteps: 20))
    #expect(learned.weights[0] == start.weights[0])
    #expect(learned.network.layers.map(\.bias) == Self.network.layers.map(\.bias))
    #expect(learned.bitWidths == start.bitWidths)
    for (layer, (new, old)) in zip(learned.network.layers, zip(learned.weights, start.weights)) {
      #expect(new.grids == old.grids)
      #expect(new.codes.allSatisfy { Int($0) < new.bitWidth.levels })
      #expect(layer.weight == new.dequantized())
    }
  }

  @Test("Units are learned in order, and every step and every finished unit is reported")
  func order() throws {
    let recipe = quickRecipe(weightSteps: 2)
    var reported: [String] = []
    let (_, reports) = try reconstruct(rounded(bits: 3), recipe) { event in
      switch event {
      case .step(let stage, let unit, let step, let total):
        reported.append("\(stage.rawValue) \(unit) \(step)/\(total)")
      case .finished(let stage, let report):
        reported.append("\(stage.rawValue) \(report.unit) done")
      }
    }
    let units = ["layer1.0", "layer2.0", "layer3.0", "linear"]
    #expect(reports.map(\.unit) == units)
    #expect(
      reported
        == units.flatMap { ["weights \($0) 1/2", "weights \($0) 2/2", "weights \($0) done"] })
  }

  @Test("A unit's error is measured on outputs of reconstructed units, against full precision")
  func carriedInputs() throws {
    let start = rounded(bits: 2)
    let (learned, reports) = try reconstruct(start, quickRecipe(weightSteps: 30))
    var (inputs, exact) = (Self.images, Self.images)
    for unit in Self.network.units {
      let (output, target) = (start.network[unit](inputs), Self.network[unit](exact))
      if let report = reports.first(where: { $0.unit == unit.name }) {
        let error = squaredError(output, target: target)
        #expect(abs(report.errorBefore - error) < 1e-4 * error, "\(unit.name)")
      }
      (inputs, exact) = (learned.network[unit](inputs), target)
    }
    #expect(reports.count == Self.network.reconstructedUnitCount)
  }

  @Test(
    "The result depends on the seed, not on the number of threads",
    arguments: ReconstructionLossKind.allCases
  )
  func determinism(loss: ReconstructionLossKind) throws {
    var recipe = quickRecipe(weightSteps: 15)
    recipe.loss = loss
    let start = rounded(bits: 2)
    let first = try reconstruct(start, recipe)
    for count in 2...3 {
      let again = try reconstruct(start, recipe, context: Context(threads: count))
      #expect(again.network.weights == first.network.weights && again.reports == first.reports)
    }
    let other = try reconstruct(start, recipe, seed: 8)
    #expect(other.network.weights != first.network.weights)
  }

  @Test("The activation stage learns the scales of blocks and changes no weights")
  func activations() throws {
    let start = quantizedActivations(bits: 2)
    let (learned, reports) = try learnActivations(start)
    #expect(reports.map(\.unit) == ["layer1.0", "layer2.0", "layer3.0"])
    #expect(reports.allSatisfy { $0.errorAfter <= $0.errorBefore })
    #expect(reports.contains { $0.isImproved })
    #expect(learned.weights == start.weights && learned.network == start.network)
    #expect(Set(learned.activationGrids.keys) == Set(Self.network.sites))
    #expect(learned.activationGrids["conv1"] == start.activationGrids["conv1"])
    #expect(learned.activationGrids != start.activationGrids)
    for (site, grid) in learned.activationGrids {
      #expect(grid.zeroPoint == start.activationGrids[site]?.zeroPoint && grid.scale > 0)
    }
  }

  @Test("In the activation stage, errors are measured on full-precision inputs")
  func activationInputs() throws {
    let start = quantizedActivations(bits: 2)
    let (_, reports) = try learnActivations(start)
    let unit = Self.network.units[2]
    let inputs = Self.network[units: 0..<2](Self.images)
    let target = Self.network[unit](inputs)
    let output = start.network[unit](inputs, activations: start.activationMap())
    let (error, _) = ReconstructionLoss.power(2.4).measure(
      output: output, target: target, positions: target.scalars.count / target.shape[1])
    #expect(abs(reports[1].errorBefore - error) < 1e-4 * error)
  }

  @Test("The activation stage does not depend on the number of threads")
  func activationDeterminism() throws {
    let start = quantizedActivations(bits: 3)
    let first = try learnActivations(start)
    for count in 2...3 {
      let again = try learnActivations(start, context: Context(threads: count))
      #expect(again.network.activationGrids == first.network.activationGrids)
      #expect(again.reports == first.reports)
    }
  }

  private func rounded(bits: BitWidth) -> QuantizedNetwork {
    .quantizing(Self.network, plan: .uniform(bits, network: Self.network), quantizer: .brecq)
  }

  private func quantizedActivations(bits: BitWidth) -> QuantizedNetwork {
    var quantized = rounded(bits: 4)
    quantized.activationGrids = ActivationCalibration(bitWidth: bits).grids(
      for: quantized.network, images: Self.images)
    return quantized
  }

  private func reconstruct(
    _ start: QuantizedNetwork, _ recipe: ReconstructionRecipe, seed: UInt64 = 7,
    context: Context = .serial, progress: (ReconstructionEvent) -> Void = { _ in }
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    let inputs = UnitInputs(
      fullPrecision: ActivationCache(Self.firstOutputs),
      quantized: ActivationCache(start.network[start.network.units[0]](Self.images)),
      importance: recipe.loss == .fisher ? ActivationCache(Self.firstOutputs) : nil)
    return try NetworkReconstruction(
      of: Self.network, recipe: recipe, seed: seed, context: context
    ).weights(from: start, inputs: inputs, save: { _ in }, progress: progress)
  }

  private func learnActivations(
    _ start: QuantizedNetwork, context: Context = .serial
  ) throws -> (network: QuantizedNetwork, reports: [UnitReport]) {
    try NetworkReconstruction(
      of: Self.network, recipe: quickRecipe(activationSteps: 30), seed: 7, context: context
    ).activations(
      of: start, inputs: ActivationCache(Self.firstOutputs),
      spare: ActivationCache(Self.firstOutputs), save: { _ in }
    ) { _ in }
  }

  /// Returns the squared error, summed over channels and averaged over images and pixels.
  private func squaredError(_ output: Tensor, target: Tensor) -> Double {
    output.squaredDistance(to: target) / Double(target.scalars.count / target.shape[1])
  }

  private func meanDivergence(_ quantized: QuantizedNetwork) -> Double {
    let divergences = Softmax.divergences(
      reference: Self.network.logits(Self.unseenImages), logits: quantized(Self.unseenImages))
    return divergences.reduce(0, +) / Double(divergences.count)
  }
}
